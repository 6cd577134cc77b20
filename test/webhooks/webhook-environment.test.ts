import { describe, expect, test } from 'vitest';
import { maskReferences, missingReferences, resolveReferences } from '../../src/webhooks/references.ts';
import { environmentForWebhooks } from '../../src/webhooks/webhook-environment.ts';

const ENVIRONMENT = { CRM_TOKEN: 'crm', PATH: '/bin', HOOKSWITCH_API_TOKEN: 'admin', HOOKSWITCH_CRM: 'own' };

function namesFor(...allowed: string[]): string[] {
  const environment = environmentForWebhooks(ENVIRONMENT, allowed);
  const names = Object.keys(ENVIRONMENT);
  return names.filter((name) => missingReferences([`\${${name}}`], environment).length === 0);
}

describe('webhooks may name', () => {
  test.each([
    [['*'], ['CRM_TOKEN', 'PATH']],
    [['CRM_*'], ['CRM_TOKEN']],
    [
      ['*', 'HOOKSWITCH_CRM'],
      ['CRM_TOKEN', 'PATH', 'HOOKSWITCH_CRM'],
    ],
    [['HOOKSWITCH_*'], ['HOOKSWITCH_API_TOKEN', 'HOOKSWITCH_CRM']],
    [[], []],
  ])('with %j only %j', (allowed, names) => {
    expect(namesFor(...allowed)).toEqual(names);
  });
});

test('what they may not name is told as missing, with the setting that allows it', () => {
  const environment = environmentForWebhooks(ENVIRONMENT, ['*']);
  expect(() => resolveReferences('${HOOKSWITCH_API_TOKEN}', environment)).toThrow(
    '${HOOKSWITCH_API_TOKEN} is set neither in the environment nor in a secrets file, or relay.allowVariables keeps it from webhooks',
  );
  expect(maskReferences('crm admin', ['${CRM_TOKEN} ${HOOKSWITCH_API_TOKEN}'], environment)).toBe(
    '${CRM_TOKEN} admin',
  );
});

test('a value that changes in the environment changes here', () => {
  const changing: Record<string, string> = { A: 'old' };
  const environment = environmentForWebhooks(changing, ['*']);
  changing['A'] = 'new';
  expect(resolveReferences('${A}', environment)).toBe('new');
  Reflect.deleteProperty(changing, 'A');
  expect(missingReferences(['${A}'], environment)).toEqual(['A']);
});
