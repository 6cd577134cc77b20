import { listOf, object, text, time, type OperationGroup } from '../describe.ts';

/** The routes of the rules file in `http/app.ts` */
export const RULES_OPERATIONS: OperationGroup = {
  tag: 'rules',
  description: 'The rules file as a whole.',
  paths: {
    '/api/v1/rules/status': {
      get: {
        id: 'getRulesStatus',
        summary: 'How it stands with the rules file',
        scope: 'read',
        answers: {
          200: {
            description: 'It.',
            schema: object({
              path: text('Where it is.'),
              loadedAt: time('When the rules in force were loaded.'),
              warnings: { ...listOf({ type: 'string' }), description: 'What may surprise in it.' },
              errors: {
                ...listOf({ type: 'string' }),
                description: 'What keeps the file on disk from being in force.',
              },
            }),
          },
        },
      },
    },
  },
};
