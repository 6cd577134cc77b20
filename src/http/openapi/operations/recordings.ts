import { count, object, type DescribedOperation, type OperationGroup } from '../describe.ts';

function sending(id: string): DescribedOperation {
  return {
    id,
    summary: 'Send a recording to the address that the answer to its CDR named',
    description: 'Once, until the address expires. The body is the audio and nothing else.',
    scope: 'none',
    body: { schema: { description: 'The audio.' }, types: ['*/*'] },
    answers: {
      200: { description: 'It is kept, synced to disk.', schema: object({ bytes: count('Its length.') }) },
    },
    problems: ['forbidden', 'conflict', 'no-space'],
  };
}

/** `http/recording-routes.ts` and `http/api/recordings.ts` */
export const RECORDING_OPERATIONS: OperationGroup = {
  tag: 'recordings',
  description: 'Recordings of calls, where the configuration has them kept.',
  paths: {
    '/recordings/{permit}/{name}': {
      get: {
        id: 'getRecording',
        summary: 'A recording, by a link that a target was sent or that was asked for',
        description: 'Answers 404 until the recording is here. Parts are given by Range.',
        scope: 'none',
        answers: {
          200: { description: 'It.', type: '*/*', schema: {} },
          206: { description: 'The part that was asked for.', type: '*/*', schema: {} },
        },
        problems: ['forbidden', 'not-found'],
      },
      put: sending('putRecording'),
      post: sending('sendRecording'),
    },
    '/api/v1/cdrs/{id}/recordings/{number}': {
      get: {
        id: 'linkRecording',
        summary: "A link to one of a CDR's recordings, good for an hour",
        scope: 'read',
        answers: { 302: { description: 'It is found at location.', headers: ['location'] } },
        problems: ['not-found'],
      },
    },
  },
};
