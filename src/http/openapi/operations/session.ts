/** The body of a login. */
export const LOGIN = {
  type: 'object',
  required: ['token'],
  additionalProperties: false,
  properties: { token: { description: 'An API token.', type: 'string', minLength: 1, maxLength: 4_096 } },
};
