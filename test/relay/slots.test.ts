import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Slots } from '../../src/relay/slots.ts';
import { webhookWith } from '../support/webhooks.ts';

/** Does something so many times. */
function times(count: number, work: () => void): void {
  for (let done = 0; done < count; done += 1) work();
}

/** Takes as much as there is room for, one slot at a time, and gives how much that was. */
function takeAll(slots: Slots, id: string, concurrency: number): number {
  const webhook = webhookWith({ id, concurrency });
  let taken = 0;
  while (slots.room(id, webhook) >= 1) {
    slots.take(id);
    taken += 1;
  }
  return taken;
}

describe('the room of one webhook', () => {
  test('is its concurrency while there is plenty', () => {
    expect(takeAll(new Slots(1_000), 'a', 10)).toBe(10);
  });

  test('is never more than half of all slots', () => {
    expect(takeAll(new Slots(100), 'a', 1_000)).toBe(50);
  });

  test('grows back by what is freed', () => {
    const slots = new Slots(100);
    takeAll(slots, 'a', 4);
    times(3, () => {
      slots.sent('a');
      slots.release('a');
    });
    expect(takeAll(slots, 'a', 4)).toBe(3);
  });

  test('grows back by what is sent, but as much as its concurrency may not be on record', () => {
    const slots = new Slots(100);
    takeAll(slots, 'a', 4);
    times(4, () => {
      slots.sent('a');
    });
    expect(takeAll(slots, 'a', 4)).toBe(4);
    slots.sent('a');
    expect(takeAll(slots, 'a', 4)).toBe(0);
    slots.release('a');
    expect(takeAll(slots, 'a', 4)).toBe(1);
  });

  test('is none while the webhook is disabled', () => {
    expect(new Slots(100).room('a', webhookWith({ id: 'a', enabled: false }))).toBe(0);
  });

  test('is none where its share of the concurrency is none, however many slots are taken', () => {
    const slots = new Slots(4);
    expect(slots.room('a', { enabled: true, concurrency: 0 })).toBe(0);
    times(2, () => {
      slots.take('b');
    });
    expect(slots.room('a', { enabled: true, concurrency: 0 })).toBe(0);
  });

  test('is none below zero when its concurrency was lowered meanwhile', () => {
    const slots = new Slots(100);
    takeAll(slots, 'a', 10);
    expect(slots.room('a', webhookWith({ id: 'a', concurrency: 2 }))).toBe(0);
  });

  test('is there for the deliveries of a webhook that is gone: they have to be cancelled', () => {
    expect(new Slots(100).room('gone', undefined)).toBeGreaterThan(0);
  });

  test('is a whole number however the slots divide: it is how many deliveries are leased', () => {
    for (const max of [2, 3, 5, 15, 999, 1_000]) {
      for (const concurrency of [1, 2, 10, 1_000]) {
        expect(new Slots(max).room('a', webhookWith({ concurrency }))).toSatisfy(Number.isInteger);
      }
    }
  });
});

describe('many webhooks', () => {
  test('one that takes all it can leaves half of the slots to the others', () => {
    const slots = new Slots(20);
    takeAll(slots, 'greedy', 1_000);
    const others = Array.from({ length: 10 }, (_, index) => takeAll(slots, `other-${index}`, 10));
    expect(others).toEqual(Array.from({ length: 10 }, () => 1));
    expect(takeAll(slots, 'too-late', 10)).toBe(0);
  });

  test('once half is taken nobody gets a second slot', () => {
    const slots = new Slots(8);
    takeAll(slots, 'a', 2);
    takeAll(slots, 'b', 2);
    expect(takeAll(slots, 'a', 10)).toBe(0);
    expect(takeAll(slots, 'c', 10)).toBe(1);
  });

  test('a webhook is idle exactly while it has nothing under way', () => {
    const slots = new Slots(8);
    expect(slots.isIdle('a')).toBe(true);
    times(2, () => {
      slots.take('a');
    });
    times(1, () => {
      slots.sent('a');
      slots.release('a');
    });
    expect(slots.isIdle('a')).toBe(false);
    expect(slots.isIdle('b')).toBe(true);
    times(1, () => {
      slots.sent('a');
      slots.release('a');
    });
    expect(slots.isIdle('a')).toBe(true);
  });
});

test('over any sequence the bounds hold, and all slots come back', () => {
  const step = fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd'),
    isTake: fc.boolean(),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const evenMax = fc.integer({ min: 1, max: 20 }).map((half) => half * 2);
  const concurrencies = fc.record({ a: fc.nat(12), b: fc.nat(12), c: fc.nat(12), d: fc.nat(12) });
  fc.assert(
    fc.property(evenMax, concurrencies, fc.array(step, { maxLength: 60 }), (max, limits, steps) => {
      const slots = new Slots(max);
      const taken = { a: 0, b: 0, c: 0, d: 0 };
      for (const { id, isTake, share } of steps) {
        const room = slots.room(id, webhookWith({ id, concurrency: limits[id] + 1 }));
        const count = isTake ? Math.round(room * share) : -Math.round(taken[id] * share);
        times(count, () => {
          slots.take(id);
        });
        times(-count, () => {
          slots.sent(id);
          slots.release(id);
        });
        taken[id] += count;
        expect(taken[id]).toBeLessThanOrEqual(limits[id] + 1);
        expect(taken.a + taken.b + taken.c + taken.d).toBeLessThanOrEqual(max);
        expect(slots.isIdle(id)).toBe(taken[id] === 0);
      }
      for (const id of ['a', 'b', 'c', 'd'] as const)
        times(taken[id], () => {
          slots.sent(id);
          slots.release(id);
        });
      expect(takeAll(slots, 'e', max)).toBe(max / 2);
    }),
  );
});
