import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { describe, expect, test } from 'vitest';
import { makeFolder, startApp, type AppSettings } from '../../support/app.ts';

const PATH = '/api/v1/webhooks';
const TICKETS = {
  name: 'Tickets',
  url: 'https://tickets.test/in',
  conditions: [{ '==': [{ var: 'a' }, 'b'] }],
};
const MISSED = [{ '==': [{ var: '$call.missed' }, true] }];

async function warningsOf(webhook: object, settings: AppSettings = {}): Promise<unknown> {
  const { app } = await startApp(settings);
  const response = await request(app).post(PATH).send(webhook).expect(201);
  return (response.body as { warnings: unknown }).warnings;
}

describe('a webhook that is made', () => {
  test('is warned of each reference without a value', async () => {
    const webhook = { ...TICKETS, headers: { A: '${SET} ${UNSET}' } };
    expect(await warningsOf(webhook, { environment: { SET: 'x' } })).toEqual([
      {
        pointer: '',
        detail:
          '${UNSET} is set neither in the environment nor in a secrets file, or relay.allowVariables keeps it from webhooks',
      },
    ]);
  });

  test('is warned of certificates that cannot be read or used', async () => {
    const broken = join(makeFolder(), 'ca.pem');
    writeFileSync(broken, 'no certificate');
    for (const [caFile, reason] of [
      ['/gone/ca.pem', 'cannot be read'],
      [broken, 'cannot be used for TLS'],
    ] as const) {
      expect(await warningsOf({ ...TICKETS, tls: { caFile } })).toEqual([
        { pointer: '/tls', detail: expect.stringContaining(`${caFile} ${reason}`) as string },
      ]);
    }
  });

  test('is warned of a source that is not configured', async () => {
    expect(await warningsOf({ ...TICKETS, sources: ['nowhere'] })).toEqual([
      { pointer: '/sources', detail: 'no source "nowhere" is configured' },
    ]);
  });
});

describe('a condition on the overlay', () => {
  test.each<[string, string[], AppSettings['sources']]>([
    ['a vendor gives it', [], { a: { vendor: 'vodia' }, b: { vendor: 'cisco' } }],
    ['the vendor is told by each record', [], { default: {} }],
    [
      'the site maps what it follows from',
      [],
      { b: { vendor: 'cisco', rules: new Map([['direction', () => '']]) } },
    ],
    ['no vendor gives it', ['/conditions/0'], { b: { vendor: 'cisco' } }],
  ])('is warned about only if it can never hold: %s', async (_, pointers, sources = {}) => {
    const warnings = await warningsOf({ ...TICKETS, conditions: MISSED }, { sources });
    expect(warnings).toMatchObject(pointers.map((pointer) => ({ pointer })));
    expect(warnings).toHaveLength(pointers.length);
  });

  test('is judged by the sources that the webhook listens to, and told what is lacking', async () => {
    const webhook = { ...TICKETS, conditions: [{ '!': { and: MISSED } }], sources: ['cisco'] };
    expect(await warningsOf(webhook)).toEqual([
      {
        pointer: '/conditions/0',
        detail: expect.stringMatching(
          /gives \$call\.missed: .+; it would follow from \$call\.direction and \$call\.status$/,
        ) as string,
      },
    ]);
  });
});
