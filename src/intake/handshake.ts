import { createHmac } from 'node:crypto';
import type { HandshakeName } from '../cdr/vendor-profile.ts';
import { isJsonObject, JsonSyntaxError, parseJson, type JsonObject } from '../check/json-text.ts';
import { valueAt } from '../cdr/cdr.ts';
import { headerOf, type SentRequest } from './sent-request.ts';

/** An answer in a vendor's own form. */
export interface HandshakeReply {
  readonly status: number;
  readonly contentType: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a vendor wants to hear beside that its CDRs are safe. */
export interface Handshake {
  /** Whether `challenge` is to be asked before the request is verified, because the vendor does not sign it. */
  readonly isUnsigned: boolean;
  /** The answer to a request that holds no CDR; `undefined` when it is not one. */
  challenge(request: SentRequest): HandshakeReply | undefined;
  /** The answer to a request whose CDRs are safe, where that depends on the request. */
  accepted?(request: SentRequest, nowMs: number): HandshakeReply;
  /** How a request that is refused is told why; as every other when left out. */
  readonly refused?: (request: Pick<SentRequest, 'headers'>, nowMs: number, detail: string) => Refusal;
}

/** What a refusal says, in a vendor's own form; its status is that of the problem. */
export type Refusal = Pick<HandshakeReply, 'contentType' | 'body'>;

/** @param secret what the source is verified with; without it Zoom's challenge cannot be answered. */
export function makeHandshake(name: HandshakeName, secret: string | undefined): Handshake {
  switch (name) {
    case 'zoom-url-validation':
      return { isUnsigned: false, challenge: (request) => zoomReply(request, secret) };
    case 'ringcentral-validation-token':
      return { isUnsigned: true, challenge: ringCentralReply };
    case 'graph-validation-token':
      return { isUnsigned: true, challenge: graphReply };
    case 'firehose':
      return {
        isUnsigned: false,
        challenge: () => undefined,
        accepted: firehoseReply,
        refused: firehoseRefusal,
      };
  }
}

/** https://developers.zoom.us/docs/api/webhooks/#validate-your-webhook-endpoint; asked again every 72 hours. */
function zoomReply({ body }: SentRequest, secret: string | undefined): HandshakeReply | undefined {
  // Far above any challenge, far below a batch of CDRs that would be parsed for nothing.
  if (secret === undefined || body.length > 4_096) return undefined;
  const sent = objectIn(body);
  const plainToken = valueAt(sent, 'payload.plainToken');
  if (sent?.['event'] !== 'endpoint.url_validation' || typeof plainToken !== 'string') return undefined;
  const encryptedToken = createHmac('sha256', secret).update(plainToken).digest('hex');
  return json({ plainToken, encryptedToken });
}

/** https://developers.ringcentral.com/guide/notifications/webhooks/creating-webhooks; later posts have a body. */
function ringCentralReply(request: SentRequest): HandshakeReply | undefined {
  const token = headerOf(request, 'validation-token');
  if (token === '' || request.body.length > 0) return undefined;
  return { ...json({}), headers: { 'validation-token': token } };
}

/** https://learn.microsoft.com/graph/change-notifications-delivery-webhooks#notificationurl-validation */
function graphReply({ query, body }: SentRequest): HandshakeReply | undefined {
  const token = new URLSearchParams(query).get('validationToken');
  if (token === null || body.length > 0) return undefined;
  const headers = { 'x-content-type-options': 'nosniff' };
  return { status: 200, contentType: 'text/plain', headers, body: token };
}

/** https://docs.aws.amazon.com/firehose/latest/dev/httpdeliveryrequestresponse.html; milliseconds. */
function firehoseReply(request: SentRequest, nowMs: number): HandshakeReply {
  return json({ requestId: headerOf(request, 'x-amz-firehose-request-id'), timestamp: nowMs });
}

/** The same page: an answer in another form is a failure too, but its reason is not shown to whoever runs the stream. */
function firehoseRefusal(
  request: Pick<SentRequest, 'headers'>,
  nowMs: number,
  errorMessage: string,
): Refusal {
  const requestId = headerOf(request, 'x-amz-firehose-request-id');
  return json({ requestId, timestamp: nowMs, errorMessage });
}

function json(value: JsonObject): HandshakeReply {
  return { status: 200, contentType: 'application/json', body: JSON.stringify(value) };
}

function objectIn(body: Buffer): JsonObject | undefined {
  try {
    const value = parseJson(body.toString('utf8'));
    return isJsonObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return undefined;
    throw error;
  }
}
