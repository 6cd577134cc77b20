import { count, listOf, object, ref, text, time, type OperationGroup } from '../describe.ts';

/** `http/api/captures.ts` */
export const CAPTURE_OPERATIONS: OperationGroup = {
  tag: 'captures',
  description: 'The last requests of sources that keep some, for writing the profile of a vendor.',
  schemas: {
    Capture: object({
      id: text('cap_…'),
      receivedAt: time('When it was answered.'),
      statusCode: count('What it was answered; 400 when it could not be read.'),
      bytes: count('Of the whole message.'),
    }),
  },
  paths: {
    '/api/v1/sources/{name}/captures': {
      get: {
        id: 'listCaptures',
        summary: 'Requests captured of a source, the newest first',
        scope: 'read',
        answers: { 200: { description: 'All of them.', schema: object({ data: listOf(ref('Capture')) }) } },
        problems: ['not-found'],
      },
    },
    '/api/v1/sources/{name}/captures/{id}': {
      get: {
        id: 'getCapture',
        summary: 'A request as it came, as an HTTP message with credentials masked',
        scope: 'read',
        answers: { 200: { description: 'It.', type: 'message/http', schema: { type: 'string' } } },
        problems: ['not-found', 'forbidden'],
      },
    },
  },
};
