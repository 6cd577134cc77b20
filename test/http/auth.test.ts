import type { Request, Response } from 'express';
import { expect, test, vi } from 'vitest';
import { adminGuard, originGuard, type AdminAccess } from '../../src/http/auth.ts';
import { Logins } from '../../src/http/logins.ts';
import { HttpProblem } from '../../src/http/problem.ts';

const NOBODY: AdminAccess = { tokens: [], allowedHosts: ['router.lan'] };
const WITH_TOKEN: AdminAccess = {
  tokens: [{ name: 'admin', token: 'secret', scopes: ['write'] }],
  allowedHosts: [],
};

/** What the guard refuses a request from an address with; `undefined` when it lets it through. */
function refusalOf(access: AdminAccess, remoteAddress: string | undefined, authorization?: string): unknown {
  const headers = { host: 'router.lan', ...(authorization === undefined ? {} : { authorization }) };
  // Supertest can only come from this machine.
  const request = { headers, method: 'GET', path: '/', socket: { remoteAddress } } as unknown as Request;
  const passed = vi.fn();
  try {
    const response = { locals: {} } as unknown as Response;
    void originGuard(access)(request, response, () => {
      void adminGuard(new Logins(access.tokens, Date.now))(request, response, passed);
    });
  } catch (error) {
    return error;
  }
  expect(passed).toHaveBeenCalledOnce();
  return undefined;
}

test.each(['127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])(
  'without tokens a request from %s, this machine, is let through',
  (address) => {
    expect(refusalOf(NOBODY, address)).toBeUndefined();
  },
);

test.each([
  '192.168.1.5',
  '10.127.0.1',
  '::ffff:10.0.0.1',
  '2001:db8::1',
  '::10',
  'fe80::1%eth0',
  '',
  undefined,
])('without tokens a request from %s, another machine, is refused by whatever name', (address) => {
  const refusal = refusalOf(NOBODY, address);
  expect(refusal).toBeInstanceOf(HttpProblem);
  expect(refusal).toMatchObject({
    kind: 'forbidden',
    message: expect.stringContaining('API token') as string,
  });
});

test('with a token another machine may', () => {
  expect(refusalOf(WITH_TOKEN, '192.168.1.5', 'Bearer secret')).toBeUndefined();
  expect(refusalOf(WITH_TOKEN, '192.168.1.5')).toMatchObject({ kind: 'unauthorized' });
});
