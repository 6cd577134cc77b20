import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/check/json-text.ts';
import { InvalidDocumentError } from '../../src/check/problem.ts';
import { documentCheck } from '../../src/check/schema.ts';
import { fillIn, FillInError, makeRecipe, type Recipe } from '../../src/webhooks/recipes.ts';
import schema from '../../schemas/recipe.schema.json' with { type: 'json' };
import webhookSchema from '../../schemas/webhook.schema.json' with { type: 'json' };

const check = documentCheck(schema, { 'webhook.schema.json': webhookSchema });

function documentOf(
  about: Record<string, JsonValue> = {},
  webhook: Record<string, JsonValue> = {},
): JsonValue {
  return {
    recipe: {
      id: 'acme-ticket',
      title: 'Acme',
      description: 'Opens a ticket.',
      documents: ['https://acme.example/api'],
      basis: 'document',
      fillIn: [
        { name: 'ACME_SITE', description: 'the site', example: 'acme' },
        { name: 'ACME_TOKEN', description: 'the token', example: 'xxx', secret: true },
      ],
      notes: [],
      ...about,
    },
    webhook: {
      id: 'acme-ticket',
      name: 'Acme',
      url: 'https://${ACME_SITE}.acme.example/',
      headers: { 'X-Token': '${ACME_TOKEN}' },
      body: { '${ACME_SITE}': ['{{call.from}} ${ACME_SITE}', 1, null] },
      ...webhook,
    },
  };
}

const recipe = makeRecipe('acme-ticket', documentOf(), check);

function problemsOf(document: JsonValue): string[] {
  try {
    makeRecipe('acme-ticket', document, check);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidDocumentError);
    return (error as InvalidDocumentError).problems.map(({ pointer, message }) => `${pointer} ${message}`);
  }
}

describe('a recipe is refused', () => {
  test.each<[string, JsonValue, string]>([
    [
      'with another id than its file',
      documentOf({ id: 'other' }),
      '/recipe/id must be "acme-ticket", the name of its file',
    ],
    [
      'with a reference that nobody tells of',
      documentOf({}, { url: 'https://${OTHER}.${ACME_SITE}/' }),
      '/webhook ${OTHER} is not among what is filled in',
    ],
    [
      'with something to fill in nowhere',
      documentOf({}, { headers: {} }),
      '/recipe/fillIn/1 ${ACME_TOKEN} is nowhere in the webhook',
    ],
    [
      'without documents',
      documentOf({ documents: [] }),
      '/recipe/documents must NOT have fewer than 1 items',
    ],
    [
      'whose webhook is none',
      documentOf({}, { methd: 'PUT' }),
      expect.stringMatching(/^\/webhook\/methd unknown member "methd"/) as string,
    ],
  ])('%s', (_what, document, problem) => {
    expect(problemsOf(document)).toEqual([problem]);
  });
});

describe('filling in a recipe', () => {
  test('writes values into every text and leaves the rest as references', () => {
    expect(fillIn(recipe, { ACME_SITE: 'north' })).toEqual({
      id: 'acme-ticket',
      name: 'Acme',
      url: 'https://north.acme.example/',
      headers: { 'X-Token': '${ACME_TOKEN}' },
      body: { '${ACME_SITE}': ['{{call.from}} north', 1, null] },
    });
    expect(fillIn(recipe, {})).toEqual(recipe.webhook);
  });

  test.each<[Record<string, string>, RegExp]>([
    [{ ACME_TOKEN: 'hunter2' }, /^ACME_TOKEN is a secret and is not written into the rules file/],
    [{ OTHER: 'x' }, /^the recipe "acme-ticket" has nothing called OTHER; it has ACME_SITE, ACME_TOKEN$/],
    [{ constructor: 'x' }, /has nothing called constructor/],
    [{ ACME_SITE: ' ' }, /^ACME_SITE is empty$/],
    [{ ACME_SITE: '${HOME}' }, /^ACME_SITE holds "\$\{" or "\{\{"/],
    [{ ACME_SITE: '{{cdr}}' }, /^ACME_SITE holds/],
  ])('refuses %j', (values, message) => {
    const fill = (): unknown => fillIn(recipe, values);
    expect(fill).toThrow(FillInError);
    expect(fill).toThrow(message);
    expect(fill).not.toThrow(/hunter2/);
  });

  test('takes a value as it is', () => {
    const only: Recipe = { ...recipe, webhook: { name: '${ACME_SITE}' } };
    expect(fillIn(only, { ACME_SITE: '$& $1' })).toEqual({ name: '$& $1' });
  });
});
