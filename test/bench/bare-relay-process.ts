import { Agent } from 'node:http';
import express, { type Request, type Response } from 'express';
import got from 'got';
import { MATCHING_WEBHOOK } from './webhooks.ts';

/**
 * What Hookswitch is measured against: express takes a CDR, it is answered at once, and got sends it on in the
 * background. Nothing is stored, matched, checked, retried or logged; a CDR that cannot be sent on is lost.
 * Arguments: the port, the target's url, "promise" or "stream" (which of got's interfaces).
 */
const [port, target = '', gotInterface] = process.argv.slice(2);

/** The options of src/relay/got/got-transport.ts, but for `request`: what Node is given is got's own business here. */
const client = got.extend({
  agent: { http: new Agent({ keepAlive: true }) },
  retry: { limit: 0 },
  followRedirect: false,
  throwHttpErrors: false,
  decompress: false,
  headers: { 'content-type': 'application/json' },
});

/** `await got.post(…)`: got's documented way, the one most people write. */
async function sendByPromise(body: string): Promise<void> {
  await client.post(target, { body });
}

/** `got.stream.post(…)`: got's cheaper way, without its promise, hooks and body parsing. */
function sendByStream(body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = client.stream.post(target, { body });
    stream.once('end', resolve).once('error', reject).resume();
  });
}

const send = gotInterface === 'stream' ? sendByStream : sendByPromise;
const head = `{"name":${JSON.stringify(MATCHING_WEBHOOK.name)},"meta":${JSON.stringify(MATCHING_WEBHOOK.meta)},"cdr":`;

function relay(request: Request, response: Response): void {
  response.json({ accepted: 1 });
  send(`${head}${(request.body as Buffer).toString('utf8')}}`).catch((error: unknown) => {
    console.error('a CDR was lost:', error instanceof Error ? error.message : error);
  });
}

const app = express();
// What Hookswitch leaves out is left out here too.
app.disable('x-powered-by');
app.disable('etag');
app.get('/readyz', (_request, response) => {
  response.json({ status: 'ok' });
});
app.post('/cdr', express.raw({ type: () => true, limit: '64mb' }), relay);
// As Hookswitch does: the load client leaves most of its connections idle for seconds.
app.listen(Number(port), '127.0.0.1').keepAliveTimeout = 75_000;
// Ends in order, so that a profile is written.
process.once('SIGTERM', () => process.exit(0));
