import { Router, type Request, type RequestHandler, type Response } from 'express';
import type { VendorAnswer } from '../cdr/vendor-profile.ts';
import type { Captures } from '../intake/capture/captures.ts';
import type { HandshakeReply } from '../intake/handshake.ts';
import type { Intake } from '../intake/intake.ts';
import type { SentRequest } from '../intake/sent-request.ts';
import { DEFAULT_SOURCE, type Source } from '../intake/source.ts';
import { withBody } from './body-reader.ts';
import { captureOnceAnswered, sentRequest } from './capture-requests.ts';
import { authenticateSender, verifySender } from './sender-auth.ts';
import { allowOnly, answerProblemsIn, HttpProblem } from './problem.ts';

/** What the intake routes need. */
export interface IntakeRoutesOptions {
  readonly intake: Intake;
  readonly sources: ReadonlyMap<string, Source>;
  /** Made by `bodyReader`, one for all routes that take CDRs in. */
  readonly readBody: RequestHandler;
  readonly captures: Captures;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** Ids that an answer tells; of more CDRs it is only told how many there were. */
const MOST_IDS = 1_000;

/** What is answered when CDRs are stored, unless the vendor wants another answer. */
export function acceptedAnswer(ids: readonly string[]): { accepted: number; ids?: readonly string[] } {
  return { accepted: ids.length, ...(ids.length > MOST_IDS ? {} : { ids }) };
}

/** `POST /cdr/:source` and `GET /cdr/:source?…`, mounted at `/cdr`, which alone is the source "default". */
export function intakeRoutes(options: IntakeRoutesOptions): Router {
  const { intake, sources, readBody, clock } = options;
  const router = Router();
  const findSource: RequestHandler = (request, response, next) => {
    const source = sourceOf(request, sources);
    response.locals['source'] = source;
    const refused = source.handshake?.refused;
    if (refused !== undefined) {
      answerProblemsIn(response, (detail) => refused(request, clock(), detail));
    }
    authenticateSender(request, source);
    next();
  };
  const receive = async (request: Request, response: Response): Promise<void> => {
    const source = response.locals['source'] as Source;
    const sent = sentRequest(request);
    // Captured is whatever the source's credentials let in, however it was answered.
    captureOnceAnswered(request, response, source, options);
    const reply = challengeReply(sent, source, clock());
    if (reply !== undefined) {
      sendReply(response, reply);
      return;
    }
    const received = await withBody(response, () => intake.receive(source, sent.body, sent.query));
    const { ids, answer } = received;
    const accepted = source.handshake?.accepted?.(sent, clock());
    if (accepted !== undefined) sendReply(response, accepted);
    else if (answer === undefined) sendAccepted(response, ids);
    else sendReply(response, replyOfAnswer(answer));
  };
  const others = allowOnly('POST', 'GET');
  for (const path of ['/', '/:source']) {
    const route = router.route(path);
    // Express would take HEAD for GET, and so a mere look for a CDR.
    route.head(others).post(findSource, readBody, receive).get(findSource, readBody, receive).all(others);
  }
  return router;
}

/** Looks whether the sender is who it should be, and answers what holds no CDR. */
function challengeReply(sent: SentRequest, source: Source, nowMs: number): HandshakeReply | undefined {
  const { handshake } = source;
  const unsigned = handshake?.isUnsigned === true ? handshake.challenge(sent) : undefined;
  if (unsigned !== undefined) return unsigned;
  verifySender(sent, source, nowMs);
  return handshake?.challenge(sent);
}

function replyOfAnswer({ status, contentType, body }: VendorAnswer): HandshakeReply {
  // What is not JSON, such as an empty TwiML document, is a text that is sent as it is.
  const isPlain = typeof body === 'string' && !/json/i.test(contentType);
  return { status, contentType, body: isPlain ? body : JSON.stringify(body) };
}

/** Never 304, which `response.json` would answer to some conditions of a GET: the CDR is stored. */
function sendAccepted(response: Response, ids: readonly string[]): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(JSON.stringify(acceptedAnswer(ids)));
}

function sendReply(response: Response, { status, contentType, headers = {}, body }: HandshakeReply): void {
  response.status(status).set(headers).type(contentType).send(body);
}

function sourceOf(request: Request, sources: ReadonlyMap<string, Source>): Source {
  const { source: name = DEFAULT_SOURCE } = request.params as { source?: string };
  const source = sources.get(name);
  if (source !== undefined) return source;
  throw new HttpProblem(
    'not-found',
    `there is no source "${name}"; configured are: ${[...sources.keys()].join(', ')}`,
  );
}
