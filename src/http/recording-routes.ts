import { Router, type Request, type Response } from 'express';
import type { Permitted } from '../intake/recordings/permits.ts';
import { RecordingRefusedError } from '../intake/recordings/recording-folder.ts';
import { readRecordingName, type RecordingName } from '../intake/recordings/recording-name.ts';
import type { Recordings } from '../intake/recordings/recordings.ts';
import { allowOnly, HttpProblem, type ProblemKind } from './problem.ts';

/** What the routes of recordings need. */
export interface RecordingRoutesOptions {
  readonly recordings: Recordings;
}

/** How long somebody should wait who asks for a recording that may still come. */
const AWAITED_HEADERS = { 'retry-after': '60' };

const KINDS: Readonly<Record<RecordingRefusedError['reason'], ProblemKind>> = {
  'there-already': 'conflict',
  'too-large': 'too-large',
  'no-space': 'no-space',
  empty: 'bad-request',
  'cut-off': 'bad-request',
};

/**
 * `/recordings/{permit}/{name}`, mounted at `/recordings`: where phone systems send recordings and readers find them. The permit
 * in the address is all they have to show.
 */
export function recordingRoutes({ recordings }: RecordingRoutesOptions): Router {
  const permittedName = (request: Request, permitted: Permitted): RecordingName => {
    const { permit = '', name: text = '' } = request.params as { permit?: string; name?: string };
    const name = readRecordingName(text);
    const state = name === undefined ? 'wrong' : recordings.check(permit, permitted, name);
    if (name !== undefined && state === 'good') return name;
    throw new HttpProblem('forbidden', state === 'expired' ? 'this address has expired' : WRONG[permitted]);
  };
  const receive = async (request: Request, response: Response): Promise<void> => {
    const name = permittedName(request, 'send');
    refuseWrapped(request);
    try {
      const bytes = await recordings.keep(name, request, Number(request.get('content-length') ?? 0));
      response.json({ bytes });
    } catch (error) {
      throw problemOf(error);
    }
  };
  const give = async (request: Request, response: Response): Promise<void> => {
    const name = permittedName(request, 'read');
    if ((await recordings.folder.bytesOf(name)) === undefined) throw notHere(recordings.isAwaited(name));
    await sendRecording(response, recordings.folder.pathOf(name), name.mediaType);
  };
  const router = Router();
  router
    .route('/:permit/:name')
    .put(receive)
    .post(receive)
    .get(give)
    .all(allowOnly('GET', 'PUT', 'POST'));
  return router;
}

const WRONG: Readonly<Record<Permitted, string>> = {
  send: 'this is no address for sending a recording',
  read: 'this is no address of a recording',
};

/** Kept is what was sent, so it must be the audio and nothing around it. */
function refuseWrapped(request: Request): void {
  const encoding = request.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw new HttpProblem('unsupported-encoding', 'send the recording without a content-encoding');
  }
  if (/^multipart\//i.test(request.get('content-type') ?? '')) {
    throw new HttpProblem('unsupported-media-type', 'send the recording as the bare body, not as a form');
  }
}

function problemOf(error: unknown): HttpProblem {
  if (error instanceof RecordingRefusedError) return new HttpProblem(KINDS[error.reason], error.message);
  const detail = 'the recording cannot be kept now; send it again';
  return new HttpProblem('unavailable', detail, { headers: { 'retry-after': '60' } });
}

function notHere(isAwaited: boolean): HttpProblem {
  return isAwaited
    ? new HttpProblem('not-found', 'the recording has not come yet', { headers: AWAITED_HEADERS })
    : new HttpProblem('not-found', 'the recording is not here: it never came, or is no longer kept');
}

/** Sends a file, or the part of it that a player asks for. */
function sendRecording(response: Response, path: string, mediaType: string): Promise<void> {
  response.set({
    // Whoever was permitted to send it could have sent anything: it is never a page.
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
    'cache-control': 'private, max-age=3600',
    'content-type': mediaType,
  });
  if (!mediaType.startsWith('audio/')) response.set('content-disposition', 'attachment');
  return new Promise((resolve, reject) => {
    response.sendFile(
      path,
      { lastModified: false, cacheControl: false, dotfiles: 'allow' },
      (error?: Error) => {
        // Whoever goes away in the middle has heard enough.
        if (error === undefined || response.headersSent) resolve();
        else reject(error);
      },
    );
  });
}
