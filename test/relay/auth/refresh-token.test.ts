import { describe, expect, test } from 'vitest';
import { RefreshToken } from '../../../src/relay/auth/refresh-token.ts';
import type { GrantedToken } from '../../../src/relay/auth/token-request.ts';

function granted(refreshToken: string | undefined): GrantedToken {
  return { accessToken: 'token', expiresInMs: undefined, refreshToken };
}

describe('a refresh token', () => {
  test('that the endpoint gives is used from then on, and told', async () => {
    const refreshToken = new RefreshToken('first');
    const answers = ['second', undefined, 'second', 'third'];
    const asked: string[] = [];
    let rotations = 0;
    const use = {
      request: (current: string) => {
        asked.push(current);
        return Promise.resolve(granted(answers[asked.length - 1]));
      },
      onRotated: () => (rotations += 1),
    };
    for (let time = 0; time < 5; time += 1) await refreshToken.use(use);
    expect(asked).toEqual(['first', 'second', 'second', 'second', 'third']);
    expect(rotations).toBe(2);
  });

  test('is used by one at a time, so that none uses what another has just had exchanged', async () => {
    const refreshToken = new RefreshToken('1');
    const asked: string[] = [];
    const request = async (current: string): Promise<GrantedToken> => {
      asked.push(current);
      await Promise.resolve();
      return granted(String(Number(current) + 1));
    };
    await Promise.all([1, 2, 3].map(() => refreshToken.use({ request, onRotated: () => undefined })));
    expect(asked).toEqual(['1', '2', '3']);
  });

  test('is used again after a use that failed', async () => {
    const refreshToken = new RefreshToken('first');
    const onRotated = (): void => undefined;
    const fails = refreshToken.use({ request: () => Promise.reject(new Error('no token')), onRotated });
    await expect(fails).rejects.toThrow('no token');
    const request = (current: string): Promise<GrantedToken> => Promise.resolve(granted(current));
    expect(await refreshToken.use({ request, onRotated })).toMatchObject({ refreshToken: 'first' });
  });
});
