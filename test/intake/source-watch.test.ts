import { describe, expect, test } from 'vitest';
import { quietAtMs } from '../../src/intake/expectation.ts';
import { SourceWatch, type SourceState, type WatchedSource } from '../../src/intake/source-watch.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Store } from '../../src/store/store.ts';
import { TestClock } from '../support/store-clock.ts';

const HOURLY = { everyMs: 3_600_000 };
const MINUTE_MS = 60_000;

class Scene {
  readonly clock = new TestClock();
  readonly store: Store = new MemoryStore({ dedupeWindowMs: 0, leaseMs: 1 }, this.clock.read);
  readonly events: string[] = [];

  watch(sources: readonly WatchedSource[], store: Pick<Store, 'cdrs'> = this.store): SourceWatch {
    const tell = (event: string) => (state: SourceState) => void this.events.push(`${event} ${state.name}`);
    const observer = { sourceQuiet: tell('quiet'), sourceHeard: tell('heard') };
    return new SourceWatch({ sources, store, observer, clock: this.clock.read });
  }

  /** As intake does, or another router on the same store. */
  async receive(source: string): Promise<void> {
    const receivedAtMs = this.clock.nowMs;
    const more = { vendor: 'generic', hits: [], errors: [] };
    await this.store.accept([{ source, receivedAtMs, raw: `{"at":${receivedAtMs}}`, ...more }]);
  }
}

describe('a source', () => {
  test('is quiet when nothing has come for as long as expected, told once, until it is heard', async () => {
    const scene = new Scene();
    const watch = scene.watch([{ name: 'pbx', expectation: HOURLY }]);
    const heardAtMs = scene.clock.nowMs;
    watch.heard('pbx', heardAtMs);
    scene.clock.advance(HOURLY.everyMs - 1);
    await watch.check();
    expect(watch.states()).toEqual([{ name: 'pbx', lastReceivedAtMs: heardAtMs, quietSinceMs: undefined }]);
    scene.clock.advance(1);
    await watch.check();
    scene.clock.advance(MINUTE_MS);
    await watch.check();
    const quietSinceMs = heardAtMs + HOURLY.everyMs;
    expect(watch.states()).toEqual([{ name: 'pbx', lastReceivedAtMs: heardAtMs, quietSinceMs }]);
    watch.heard('pbx', scene.clock.nowMs);
    expect(watch.states()).toMatchObject([{ quietSinceMs: undefined }]);
    expect(scene.events).toEqual(['quiet pbx', 'heard pbx']);
  });

  test('of which nothing is expected is never quiet, and one that is not known is no matter', async () => {
    const scene = new Scene();
    const watch = scene.watch([{ name: 'pbx' }]);
    watch.heard('gone', scene.clock.nowMs);
    scene.clock.advance(1e12);
    await watch.check();
    expect(watch.states()).toEqual([{ name: 'pbx', lastReceivedAtMs: undefined, quietSinceMs: undefined }]);
  });

  test('that has never sent anything is quiet once its time from the start is over', async () => {
    const scene = new Scene();
    const watch = scene.watch([{ name: 'pbx', expectation: HOURLY }]);
    await watch.check();
    expect(scene.events).toEqual([]);
    scene.clock.advance(HOURLY.everyMs);
    await watch.check();
    expect(scene.events).toEqual(['quiet pbx']);
  });

  test('that was quiet before a restart is quiet after it, since the same time', async () => {
    const scene = new Scene();
    await scene.receive('pbx');
    const heardAtMs = scene.clock.nowMs;
    scene.clock.advance(5 * HOURLY.everyMs);
    const watch = scene.watch([{ name: 'pbx', expectation: HOURLY }, { name: 'other' }]);
    await watch.check();
    expect(watch.states()).toMatchObject([
      { lastReceivedAtMs: heardAtMs, quietSinceMs: heardAtMs + HOURLY.everyMs },
      { lastReceivedAtMs: undefined },
    ]);
  });

  test('that another router on the same store hears is not quiet', async () => {
    const scene = new Scene();
    const watch = scene.watch([{ name: 'pbx', expectation: HOURLY }]);
    await watch.check();
    scene.clock.advance(HOURLY.everyMs - 1);
    await scene.receive('pbx');
    scene.clock.advance(MINUTE_MS);
    await watch.check();
    expect(scene.events).toEqual([]);
    scene.clock.advance(HOURLY.everyMs);
    await watch.check();
    await scene.receive('pbx');
    await watch.check();
    expect(scene.events).toEqual(['quiet pbx', 'heard pbx']);
  });

  test('is not called quiet while the store cannot tell', async () => {
    const scene = new Scene();
    const broken = { cdrs: () => Promise.reject(new Error('gone')) };
    const watch = scene.watch([{ name: 'pbx', expectation: HOURLY }], broken);
    scene.clock.advance(2 * HOURLY.everyMs);
    await watch.check();
    expect(scene.events).toEqual([]);
  });
});

describe('expected hours', () => {
  const between = {
    from: '08:00',
    to: '18:00',
    zone: 'Europe/Berlin',
    days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  };
  const quietAt = (heardAt: string, everyMinutes: number): string =>
    new Date(quietAtMs(Date.parse(heardAt), { everyMs: everyMinutes * MINUTE_MS, between })).toISOString();

  test.each([
    // 2026-11-20 is a Friday; Berlin is an hour ahead of UTC.
    ['in the middle of the day', '2026-11-20T09:00:00Z', 30, '2026-11-20T09:30:00.000Z'],
    ['over the evening', '2026-11-19T16:50:00Z', 30, '2026-11-20T07:20:00.000Z'],
    ['over the weekend', '2026-11-20T16:50:00Z', 30, '2026-11-23T07:20:00.000Z'],
    ['in the night', '2026-11-19T22:00:00Z', 30, '2026-11-20T07:30:00.000Z'],
    ['over the change of clocks', '2026-10-23T15:50:00Z', 30, '2026-10-26T07:20:00.000Z'],
  ])('are counted alone: %s', (_what, heardAt, minutes, expected) => {
    expect(quietAt(heardAt, minutes)).toBe(expected);
  });
});
