import { expect, onTestFinished, test, vi } from 'vitest';
import { Acceptance } from '../../src/intake/acceptance.ts';
import { CallRelease } from '../../src/intake/call-release.ts';
import type { Source } from '../../src/intake/source.ts';
import { loadVendors } from '../../src/package-files.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';
import { Registry } from '../../src/webhooks/registry.ts';
import { webhookWith } from '../support/webhooks.ts';
import { RecordingIntakeObserver, RecordingOutlet } from './intake-harness.ts';

const vendors = loadVendors();

/** A release of calls over a memory store in which the calls of these keys are due, each with one leg. */
async function benchWith(keys: readonly string[], sources: ReadonlyMap<string, Source>) {
  const store = new MemoryStore({ dedupeWindowMs: 0, leaseMs: 30_000 });
  await store.calls.hold(
    keys.map((groupKey) => ({
      ...{ source: groupKey, vendor: 'generic', groupKey, receivedAtMs: 0, waitMs: 0, maxLegs: 10 },
      raw: JSON.stringify({ groupKey }),
    })),
  );
  const registry = new Registry();
  registry.replace([webhookWith({ id: 'all' })]);
  const failures: unknown[] = [];
  const release = new CallRelease({
    ...{ store, sources, vendors, registry, clock: Date.now },
    acceptance: new Acceptance({ outlet: new RecordingOutlet(), observer: new RecordingIntakeObserver() }),
    observer: { failed: (error) => failures.push(error) },
  });
  return { store, release, failures };
}

test('a call that cannot be matched is stored as one that hits nothing, and those behind it are matched', async () => {
  const mistake = new TypeError('a mistake');
  // Its reading throws.
  const broken = Object.defineProperty({ name: 'broken' }, 'rules', {
    get: () => {
      throw mistake;
    },
  });
  const { store, release, failures } = await benchWith(
    ['broken', 'good'],
    new Map<string, Source>([
      ['broken', broken],
      ['good', { name: 'good' }],
    ]),
  );
  await release.releaseDue();
  const stored = await store.cdrs({ limit: 10 });
  expect(stored.find(({ source }) => source === 'broken')).toMatchObject({
    hits: 0,
    violation: expect.stringContaining('could not be matched') as string,
  });
  expect(stored.find(({ source }) => source === 'good')).toMatchObject({ hits: 1 });
  expect(failures).toEqual([mistake]);
});

test('calls that the store refuses hold up no others, are told, and are tried again', async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  // More than are looked for at once, and before the others.
  const refused = Array.from({ length: 45 }, (_, index) => `refused-${index}`);
  const good = Array.from({ length: 30 }, (_, index) => `good-${index}`);
  const { store, release, failures } = await benchWith([...refused, ...good], new Map());
  const storeCall = store.calls.release.bind(store.calls);
  let refusals = refused.length;
  vi.spyOn(store.calls, 'release').mockImplementation((call, cdr) => {
    if (!call.source.startsWith('refused') || refusals === 0) return storeCall(call, cdr);
    refusals -= 1;
    return Promise.reject(new StoreUnavailableError('index row size exceeds maximum'));
  });
  // Of those that are looked for at once none can be released, twice.
  for (let round = 0; round < 3; round += 1) await release.releaseDue();
  const stored = await store.cdrs({ limit: 100 });
  expect(stored.map(({ source }) => source).toSorted()).toEqual(good.toSorted());
  expect(failures).toHaveLength(refused.length);
  expect(String(failures[0])).toMatch(
    /leg_\w+ of the source "refused-0" could not be released.*index row size/,
  );
  await release.releaseDue();
  expect(await store.calls.count()).toBe(refused.length);
  vi.advanceTimersByTime(30_000);
  await release.releaseDue();
  expect(await store.calls.count()).toBe(0);
});

test('what goes wrong beside the store is told, what the store refuses only tried again', async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const { store, release, failures } = await benchWith([], new Map());
  const mistake = new RangeError('a mistake');
  const due = vi
    .spyOn(store.calls, 'due')
    .mockRejectedValueOnce(new StoreUnavailableError('disk full'))
    .mockRejectedValueOnce(mistake);
  release.start();
  await vi.advanceTimersByTimeAsync(1_600);
  await release.stop();
  expect(failures).toEqual([mistake]);
  expect(due).toHaveBeenCalledTimes(3);
});
