import { Router, type RequestHandler } from 'express';
import { documentCheck } from '../../check/schema.ts';
import { mayDo } from '../api-token.ts';
import { refuseWithoutCsrfHeader } from '../auth.ts';
import { cookieOptions, sessionCookieName, type Caller, type Logins } from '../logins.ts';
import { allowOnly, HttpProblem } from '../problem.ts';
import { LOGIN } from '../openapi/operations/session.ts';
import { checkedBody, readJson } from './body.ts';
import { time } from './representations.ts';

const checkLogin = documentCheck(LOGIN);

/**
 * `/session`: the page's login. It stands before the guard, because who asks has no session yet. Sessions live in the
 * cookie alone, so logging out takes the cookie back; what ends all sessions of a token is removing the token.
 */
export function sessionRoutes(logins: Logins): Router {
  const router = Router();
  router
    .route('/session')
    .get((request, response) => {
      if (!logins.needsToken) response.json(showSession(logins, logins.callerOf(request)));
      else response.json(showSession(logins, logins.sessionOf(request)));
    })
    .post(readJson, open(logins))
    .delete((request, response) => {
      refuseWithoutCsrfHeader(request);
      const { httpOnly = true, sameSite = 'strict', secure = false, path = '/' } = cookieOptions(request);
      const attributes = { httpOnly, sameSite, secure, path };
      response.clearCookie(sessionCookieName(request), attributes).status(204).end();
    })
    .all(allowOnly('GET', 'POST', 'DELETE'));
  return router;
}

function open(logins: Logins): RequestHandler {
  return (request, response) => {
    const { token } = checkedBody(request, checkLogin) as { readonly token: string };
    if (!logins.needsToken) throw new HttpProblem('conflict', 'no API tokens are configured: nobody logs in');
    const { caller, cookie } = logins.open(token, request);
    if (!mayDo(caller, 'read')) throw new HttpProblem('forbidden', `the token "${caller.name}" may not read`);
    const name = sessionCookieName(request);
    response.cookie(name, cookie, cookieOptions(request)).json(showSession(logins, caller));
  };
}

function showSession({ needsToken }: Logins, caller: Caller | undefined): object {
  return {
    authenticated: caller !== undefined,
    needsToken,
    name: caller === undefined || caller.name === '' ? null : caller.name,
    scopes: caller?.scopes ?? [],
    expiresAt: time(caller?.endsAtMs),
  };
}
