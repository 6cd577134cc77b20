import { beforeEach, describe, expect, test, vi } from 'vitest';
import { TokenError, type GrantedToken } from '../../../src/relay/auth/token-request.ts';
import { TokenSource } from '../../../src/relay/auth/token-source.ts';

let nowMs: number;
/** How often the endpoint was asked. */
let asked: number;
/** What the endpoint does from now on. */
let reply: () => GrantedToken | Promise<GrantedToken>;
let source: TokenSource;

beforeEach(() => {
  nowMs = 1_000_000;
  asked = 0;
  reply = () => granted();
  source = newSource();
});

function newSource(): TokenSource {
  return new TokenSource({
    request: async () => {
      asked += 1;
      return reply();
    },
    now: () => nowMs,
  });
}

function granted(members: Partial<GrantedToken> = {}): GrantedToken {
  return {
    accessToken: `token-${asked}`,
    expiresInMs: 3_600_000,
    refreshToken: undefined,
    ...members,
  };
}

function fails(error: Error = new TokenError('no token')): () => never {
  return () => {
    throw error;
  };
}

describe('a token', () => {
  test('is renewed from a minute before its end on, and nobody waits for that', async () => {
    expect(await source.token()).toBe('token-1');
    nowMs += 3_600_000 - 60_001;
    expect(await source.token()).toBe('token-1');
    expect(asked).toBe(1);
    nowMs += 1;
    const answer = Promise.withResolvers<GrantedToken>();
    reply = () => answer.promise;
    expect(await source.token()).toBe('token-1');
    expect(await source.token()).toBe('token-1');
    expect(asked).toBe(2);
    answer.resolve(granted());
    await vi.waitFor(async () => {
      expect(await source.token()).toBe('token-2');
    });
  });

  test('in its last ten seconds is waited for, because the old one might come too late', async () => {
    await source.token();
    nowMs += 3_600_000 - 10_000;
    expect(await source.token()).toBe('token-2');
  });

  test('of a short life is renewed after four fifths of it', async () => {
    reply = () => granted({ expiresInMs: 10_000 });
    await source.token();
    nowMs += 7_999;
    await source.token();
    expect(asked).toBe(1);
    nowMs += 1;
    await source.token();
    expect(asked).toBe(2);
  });

  test('without an end is kept', async () => {
    reply = () => granted({ expiresInMs: undefined });
    await source.token();
    nowMs += 365 * 24 * 3_600_000;
    expect(await source.token()).toBe('token-1');
  });

  test('is asked for once, however many wait for it', async () => {
    const answer = Promise.withResolvers<GrantedToken>();
    reply = () => answer.promise;
    const waiting = [source.token(), source.token(), source.token()];
    answer.resolve(granted());
    expect(new Set(await Promise.all(waiting)).size).toBe(1);
    expect(asked).toBe(1);
  });

  test('is used to its end when there is no other', async () => {
    await source.token();
    nowMs += 3_600_000 - 30_000;
    reply = fails();
    expect(await source.token()).toBe('token-1');
    nowMs += 29_999;
    expect(await source.token()).toBe('token-1');
    nowMs += 1;
    await expect(source.token()).rejects.toThrow('no token');
  });
});

describe('an endpoint that fails', () => {
  test('is left alone for 5 s, then for twice as long each time, up to 5 minutes', async () => {
    reply = fails();
    const askedAtMs: number[] = [];
    const startMs = nowMs;
    for (; nowMs - startMs < 1_300_000; nowMs += 1_000) {
      const before = asked;
      await expect(source.token()).rejects.toThrow('no token');
      if (asked > before) askedAtMs.push((nowMs - startMs) / 1_000);
    }
    expect(askedAtMs).toEqual([0, 5, 15, 35, 75, 155, 315, 615, 915, 1_215]);
  });

  test('is left alone for as long as it asks', async () => {
    reply = fails(new TokenError('busy', 60_000));
    await expect(source.token()).rejects.toThrow('busy');
    nowMs += 59_999;
    await expect(source.token()).rejects.toThrow('busy');
    expect(asked).toBe(1);
    nowMs += 1;
    reply = () => granted();
    expect(await source.token()).toBe('token-2');
  });

  test('begins anew with 5 s after it has answered', async () => {
    reply = fails();
    await expect(source.token()).rejects.toThrow();
    nowMs += 5_000;
    reply = () => granted({ expiresInMs: 1_000 });
    await source.token();
    nowMs += 1_000;
    reply = fails();
    await expect(source.token()).rejects.toThrow();
    nowMs += 5_000;
    reply = () => granted();
    expect(await source.token()).toBe('token-4');
  });

  test('fails all that wait', async () => {
    reply = fails();
    const waiting = await Promise.allSettled([source.token(), source.token()]);
    expect(waiting.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(asked).toBe(1);
  });

  test('in a way that nobody thought of tells nothing of it', async () => {
    reply = fails(new TypeError('secret'));
    await expect(source.token()).rejects.toThrow(new TokenError('the token could not be asked for'));
  });
});

describe('a token that a target refused', () => {
  test('is not given out again', async () => {
    await source.token();
    nowMs += 10_000;
    expect(source.reject('token-1')).toBe(true);
    expect(await source.token()).toBe('token-2');
  });

  test('is not renewed when it is new: the next would be refused too', async () => {
    await source.token();
    nowMs += 9_999;
    expect(source.reject('token-1')).toBe(false);
    expect(await source.token()).toBe('token-1');
  });

  test('and that another has taken the place of costs that one nothing', async () => {
    await source.token();
    nowMs += 10_000;
    source.reject('token-1');
    await source.token();
    nowMs += 10_000;
    expect(source.reject('token-1')).toBe(true);
    expect(await source.token()).toBe('token-2');
  });
});
