import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/page/api/types.ts';
import { isSameJson } from '../../src/page/conditions/equal.ts';
import {
  authFieldsOf,
  authKindOf,
  authOfKind,
  withAuthText,
  type AuthKind,
} from '../../src/page/editor/auth.ts';
import {
  generateSecret,
  secretNameFor,
  secretNamesOf,
  withSecretNames,
} from '../../src/page/editor/signing.ts';
import { webhookSchemaCheck } from '../../src/package-files.ts';
import { Signer } from '../../src/relay/signature.ts';

const FORM_KINDS: readonly AuthKind[] = ['basic', 'bearer', 'clientCredentials', 'refreshToken'];

const text = fc.oneof(fc.constantFrom('', '********', '${TOKEN}'), fc.string());
const nearText = fc.oneof({ weight: 8, arbitrary: text }, { weight: 1, arbitrary: fc.jsonValue() });
/** Authentication of all shapes, most of them near to what a form can show. */
const anyAuth = fc.oneof(
  fc.record(
    {
      type: fc.constantFrom('basic', 'bearer', 'oauth2', 'digest'),
      grant: fc.constantFrom('client_credentials', 'refresh_token'),
      username: nearText,
      password: nearText,
      token: nearText,
      tokenUrl: nearText,
      clientId: nearText,
      clientSecret: nearText,
      refreshToken: nearText,
      scope: nearText,
      parameters: fc.dictionary(fc.string(), fc.string()),
      scheme: text,
      'no member of ours': fc.jsonValue(),
    },
    {
      requiredKeys: [
        'type',
        'grant',
        'username',
        'password',
        'token',
        'tokenUrl',
        'clientId',
        'clientSecret',
      ],
    },
  ),
  fc.jsonValue(),
) as fc.Arbitrary<Json>;

const checkWebhook = webhookSchemaCheck();

describe('the form of authentication', () => {
  test('opens only for what it writes again as it was', () => {
    let opened = 0;
    fc.assert(
      fc.property(anyAuth, (auth) => {
        const kind = authKindOf(auth);
        for (const field of authFieldsOf(kind)) {
          opened += 1;
          const shown = (auth as JsonObject)[field.name] ?? '';
          expect(typeof shown).toBe('string');
          expect(isSameJson(withAuthText(auth as JsonObject, field, shown as string), auth)).toBe(true);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(opened).toBeGreaterThan(100);
  });

  test('changes one text and nothing that it does not know', () => {
    fc.assert(
      fc.property(anyAuth, fc.string({ minLength: 1 }), (auth, typed) => {
        for (const field of authFieldsOf(authKindOf(auth))) {
          const { [field.name]: after, ...others } = withAuthText(auth as JsonObject, field, typed);
          const { [field.name]: before, ...unchanged } = auth as JsonObject;
          expect([after, others]).toEqual([typed, unchanged]);
          expect(before).not.toBeNull();
        }
      }),
    );
  });

  test('opens for every kind that is chosen, whatever was there', () => {
    fc.assert(
      fc.property(anyAuth, fc.constantFrom(...FORM_KINDS), (auth, kind) => {
        expect(authKindOf(authOfKind(kind, auth))).toBe(kind);
      }),
    );
    expect(authOfKind('none', { type: 'bearer', token: 'x' })).toBeUndefined();
    expect(authKindOf(undefined)).toBe('none');
  });

  test('makes what the router takes', () => {
    for (const kind of FORM_KINDS) {
      const empty = authOfKind(kind, undefined) as JsonObject;
      const auth = authFieldsOf(kind).reduce((before, field) => withAuthText(before, field, 'x'), empty);
      expect(checkWebhook({ name: 'A', url: 'https://a.test/', auth })).toEqual([]);
    }
  });

  test('keeps the client from one grant to the other, with what only JSON shows', () => {
    const client = { tokenUrl: 'https://id.test/token', clientId: 'c', clientSecret: '********' };
    const before = {
      type: 'oauth2',
      grant: 'refresh_token',
      ...client,
      refreshToken: '********',
      scheme: 'X',
    };
    expect(authOfKind('clientCredentials', before)).toEqual({
      type: 'oauth2',
      grant: 'client_credentials',
      ...client,
      scheme: 'X',
    });
  });
});

describe('the form of the signature', () => {
  const secret = fc.oneof(
    fc.string().map((name) => `\${${name}}`),
    fc.string(),
  );
  const anySigning = fc.oneof(
    fc.record({ secrets: fc.array(secret, { maxLength: 3 }), more: fc.jsonValue() }, { requiredKeys: [] }),
    fc.jsonValue(),
  ) as fc.Arbitrary<Json>;

  test('opens only for what it writes again as it was', () => {
    fc.assert(
      fc.property(anySigning, (signing) => {
        const names = secretNamesOf(signing);
        if (names !== undefined) expect(isSameJson(withSecretNames(signing, names), signing)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    expect(secretNamesOf({ secrets: ['${NEW}', '${OLD}'] })).toEqual(['NEW', 'OLD']);
    expect(secretNamesOf(undefined)).toEqual([]);
    expect(withSecretNames({ secrets: ['${NEW}'] }, [])).toBeUndefined();
  });

  test('generates secrets that the router signs with, under names that it takes', () => {
    const message = { id: 'm', timestampSeconds: 0, body: '' };
    expect(new Signer().signature([generateSecret()], message)).toMatch(/^v1,/);
    expect(generateSecret()).not.toBe(generateSecret());
    expect(secretNameFor('missed-call-ticket')).toBe('MISSED_CALL_TICKET_SIGNING_SECRET');
    for (const name of ['', '24 hours', 'Büro', '…']) {
      const signing = withSecretNames(undefined, [secretNameFor(name)]);
      expect(checkWebhook({ name: 'A', url: 'https://a.test/', signing })).toEqual([]);
    }
  });
});
