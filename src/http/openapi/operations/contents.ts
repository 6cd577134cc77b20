import { count, listOf, object, pageAnswer, ref, text, type OperationGroup } from '../describe.ts';

const FIELD = object(
  {
    path: text('As conditions and templates name it.'),
    count: count('In how many of the CDRs looked at it is.'),
    samples: { ...listOf({}), description: 'Some of its values, each once.' },
    vendors: { ...listOf({ type: 'string' }), description: 'Whose CDRs have it.' },
    description: text('What it means.'),
    values: { ...listOf({ type: 'string' }), description: 'The words it is limited to.' },
  },
  'description',
  'values',
);

const RECIPE_MEMBERS = {
  id: text('Its name.'),
  title: text('For people.'),
  description: text('What it does.'),
  documents: { ...listOf({ type: 'string' }), description: "The target's own documents." },
  fillIn: listOf(
    object({
      name: text('Stands in the webhook as ${NAME}.'),
      description: text('What it is.'),
      example: text('One.'),
      secret: { description: 'Whether its value belongs into the environment.', type: 'boolean' },
    }),
  ),
};

/** `http/api/fields.ts` and `http/api/recipes.ts` */
export const CONTENT_OPERATIONS: OperationGroup = {
  tag: 'help with rules',
  description: 'What conditions can name, and webhooks to begin with.',
  schemas: {
    Field: FIELD,
    Recipe: object(RECIPE_MEMBERS),
    RecipeWithWebhook: object({
      ...RECIPE_MEMBERS,
      notes: { ...listOf({ type: 'string' }), description: 'What to know.' },
      webhook: { description: 'Its document.', type: 'object' },
    }),
  },
  paths: {
    '/api/v1/fields': {
      get: {
        id: 'listFields',
        summary: 'Fields of the last CDRs, documented ones, and our own',
        scope: 'read',
        query: {
          prefix: text('Only those that begin so, in any case.'),
          source: text('Of this source.'),
          vendor: text('Of this vendor.'),
          limit: { description: 'How many.', type: 'integer', minimum: 1, maximum: 2_000, default: 200 },
        },
        answers: {
          200: {
            description: 'Those seen most come first.',
            schema: object({ data: listOf(ref('Field')), sampledCdrs: count('CDRs looked at.') }),
          },
        },
        problems: ['bad-request'],
      },
    },
    '/api/v1/recipes': {
      get: {
        id: 'listRecipes',
        summary: 'Webhooks that come with the package, to be filled in',
        scope: 'read',
        answers: { 200: { ...pageAnswer(ref('Recipe'), 'All of them.'), headers: [] } },
      },
    },
    '/api/v1/recipes/{id}': {
      get: {
        id: 'getRecipe',
        summary: 'A recipe with its webhook',
        scope: 'read',
        answers: { 200: { description: 'It.', schema: ref('RecipeWithWebhook') } },
        problems: ['not-found'],
      },
    },
  },
};
