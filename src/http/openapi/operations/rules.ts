import {
  count,
  IF_MATCH,
  IF_NONE_MATCH,
  listOf,
  object,
  orNull,
  text,
  time,
  UNCHANGED,
  word,
  type OperationGroup,
} from '../describe.ts';

const PROBLEM_MEMBERS = {
  pointer: text('Where, as a JSON Pointer.'),
  detail: text('What, for people.'),
  line: { description: 'In the text, 1 for the first; missing where it is not known.', type: 'integer' },
};

const PROBLEM = object(PROBLEM_MEMBERS, 'line');

const IDS = listOf(text('Of a webhook.'));

const DIFFERENCE = {
  ...object({
    added: IDS,
    removed: IDS,
    changed: listOf(object({ id: text('Of a webhook.'), members: listOf(text('One that differs.')) })),
    members: listOf(text('One that differs, beside the webhooks.')),
    isReordered: { description: 'Whether the webhooks stand in another order.', type: 'boolean' },
  }),
  description: 'How they differ from the rules in force.',
};

/** How it stands with the rules. */
export const RULES_STATUS = object(
  {
    kind: word('Where the rules are kept.', 'file', 'table'),
    path: text('The path of the file, or the database that has the table.'),
    loadedAt: { ...orNull(time('')), description: 'When the rules in force were loaded.' },
    etag: text('The version of the rules in force.'),
    warningCount: count('Warnings about the rules in force.'),
    warnings: { ...listOf(PROBLEM), description: 'What may surprise in them; the first 100.' },
    errorCount: count('Errors of the rules as they are kept.'),
    errors: {
      ...listOf(PROBLEM),
      description: 'What keeps the rules as they are kept from being in force; the first 100.',
    },
    refused: {
      ...object({ etag: text('Their version: as If-Match, it has them replaced.'), difference: DIFFERENCE }),
      description:
        'Rules in a table that are not in force because of these errors; missing where there are none.',
    },
  },
  'refused',
);

const DOCUMENT = {
  description: 'As rules.schema.json has it, secrets as ********.',
  type: 'object',
  additionalProperties: true,
};

/** `http/api/rules.ts` */
export const RULES_OPERATIONS: OperationGroup = {
  tag: 'rules',
  description: 'The rules file as a whole.',
  paths: {
    '/api/v1/rules': {
      get: {
        id: 'getRules',
        summary: 'The rules in force',
        scope: 'read',
        headers: IF_NONE_MATCH,
        answers: { 200: { description: 'They.', schema: DOCUMENT, headers: ['etag'] }, 304: UNCHANGED },
      },
      put: {
        id: 'replaceRules',
        summary: 'Replace all rules',
        description:
          'A mask means that the secret of the webhook with this id, or of the connection, is unchanged. Where the rules of a table are refused, those are replaced by whoever sends their version as If-Match.',
        scope: 'write',
        headers: IF_MATCH,
        body: { schema: DOCUMENT },
        answers: { 200: { description: 'They.', schema: DOCUMENT, headers: ['etag'] } },
        problems: ['rules-file-broken', 'precondition-failed', 'precondition-required', 'invalid'],
      },
    },
    '/api/v1/rules:validate': {
      post: {
        id: 'validateRules',
        summary: 'Check rules that are not in force',
        description: 'A mask stands for the secret that the rules in force have at its place.',
        scope: 'read',
        body: { schema: DOCUMENT },
        answers: {
          200: {
            description: 'Every problem; also of a text that is not JSON.',
            schema: object({
              valid: { description: 'Whether there is no error among them.', type: 'boolean' },
              problems: listOf(
                object({ severity: word('How bad.', 'error', 'warning'), ...PROBLEM_MEMBERS }, 'line'),
              ),
            }),
          },
        },
      },
    },
    '/api/v1/rules/status': {
      get: {
        id: 'getRulesStatus',
        summary: 'How it stands with the rules file',
        scope: 'read',
        answers: { 200: { description: 'It.', schema: RULES_STATUS } },
      },
    },
  },
};
