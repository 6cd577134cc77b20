import { listOf, object, orNull, sentObject, text, time, word, type OperationGroup } from '../describe.ts';

/** The body of a login. */
export const LOGIN = sentObject(
  { token: { description: 'An API token.', type: 'string', minLength: 1, maxLength: 4_096 } },
  ['token'],
);

const SESSION = object({
  authenticated: { description: 'Whether this browser may ask for more.', type: 'boolean' },
  needsToken: { description: 'Whether API tokens are configured at all.', type: 'boolean' },
  name: { ...orNull(text('')), description: 'Whose token it is.' },
  scopes: { ...listOf(word('', 'read', 'write', 'ingest')), description: 'What the token may do.' },
  expiresAt: { ...orNull(time('')), description: 'When the session ends.' },
});

const PATH = '/api/v1/session';

/** `http/api/session.ts` */
export const SESSION_OPERATIONS: OperationGroup = {
  tag: 'session',
  description:
    'A browser logs in with an API token and gets a cookie that no script can read. What it changes then needs the ' +
    'header x-hookswitch-csrf, with any value. After ten different wrong tokens from one address ' +
    'another wrong one is 429 for ten minutes; a right one is always taken.',
  paths: {
    [PATH]: {
      get: {
        id: 'getSession',
        summary: 'Who is logged in',
        scope: 'none',
        answers: { 200: { description: 'Who it is, or that it is nobody.', schema: SESSION } },
        problems: ['forbidden'],
      },
      post: {
        id: 'openSession',
        summary: 'Log in',
        scope: 'none',
        body: { schema: LOGIN },
        answers: { 200: { description: 'The cookie is set; it is good for twelve hours.', schema: SESSION } },
        problems: ['unauthorized', 'forbidden', 'too-many-requests', 'conflict', 'invalid'],
      },
      delete: {
        id: 'closeSession',
        summary: 'Log out',
        description:
          'Takes the cookie back. All sessions of a token end when it is taken out of the configuration.',
        scope: 'none',
        headers: { 'x-hookswitch-csrf': text('Any value.') },
        answers: { 204: { description: 'The cookie is taken back.' } },
        problems: ['forbidden'],
      },
    },
  },
};
