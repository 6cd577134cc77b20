import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awaitStore, PATIENCE_MS } from '../../src/store/await-store.ts';

const AWAY = new Error('connect ECONNREFUSED');

let told: string[];

beforeEach(() => {
  told = [];
  vi.useFakeTimers({ fakeNodeBuiltins: true });
});

afterEach(() => {
  vi.useRealTimers();
});

function begin(open: () => Promise<string>, signal?: AbortSignal): Promise<unknown> {
  const waiting = {
    onAway: (reason: string) => void told.push(reason),
    onThere: () => void told.push('there'),
    signal,
  };
  return awaitStore(open, (error) => error !== 'wrong password', waiting).catch((error: unknown) => error);
}

describe('a store that is waited for', () => {
  it('is opened without a word when it is there', async () => {
    expect(await begin(() => Promise.resolve('store'))).toBe('store');
    expect(told).toEqual([]);
  });

  it('is opened when it is there, and each reason why it was not is told once', async () => {
    const open = vi.fn(() => Promise.resolve('store'));
    for (let tries = 0; tries < 3; tries += 1) open.mockRejectedValueOnce(AWAY);
    open.mockRejectedValueOnce('starting up').mockRejectedValueOnce('starting up');
    const opened = begin(open);
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(await opened).toBe('store');
    expect(told).toEqual(['connect ECONNREFUSED', 'starting up', 'there']);
  });

  it('is asked a few times and given up after a minute', async () => {
    const open = vi.fn(() => Promise.reject(AWAY));
    const opened = begin(open);
    await vi.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(await opened).toBe(AWAY);
    expect(told).toEqual(['connect ECONNREFUSED']);
    expect(open.mock.calls.length).toBeGreaterThan(10);
    expect(open.mock.calls.length).toBeLessThan(20);
  });

  it('is given up at once when waiting is of no use, also after it was of some', async () => {
    const open = vi
      .fn<() => Promise<string>>()
      .mockRejectedValueOnce(AWAY)
      .mockRejectedValue('wrong password');
    const opened = begin(open);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await opened).toBe('wrong password');
    expect(open).toHaveBeenCalledTimes(2);
  });

  it('is not waited for any longer when the router is to stop', async () => {
    const stop = new AbortController();
    const opened = begin(() => Promise.reject(AWAY), stop.signal);
    await vi.advanceTimersByTimeAsync(20_000);
    stop.abort();
    await vi.advanceTimersByTimeAsync(0);
    expect(await opened).toBe(AWAY);
  });
});
