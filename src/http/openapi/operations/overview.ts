import { count, listOf, object, orNull, pageAnswer, text, time, type OperationGroup } from '../describe.ts';
import { RULES_STATUS } from './rules.ts';
import { ROUTER_COUNTS } from './stats.ts';

const SOURCE = object({
  name: text('Its name; CDRs come in at /cdr/{name}.'),
  vendor: { ...orNull(text('')), description: 'Whose records they are; null when each is told by itself.' },
  authentication: {
    ...listOf({ enum: ['basic', 'bearer', 'signature'] }),
    description: 'How senders show who they are; all of these.',
  },
  lastReceivedAt: { ...orNull(time('')), description: 'When something last came in.' },
  quiet: { description: 'Whether nothing has come in for longer than is expected.', type: 'boolean' },
  quietSince: { ...orNull(time('')), description: 'Since when it is quiet.' },
});

const VENDOR = object({
  id: text('Its name.'),
  title: text('For people.'),
  description: text('For people.'),
});

const OVERVIEW = object({
  webhooks: count('Webhooks in force.'),
  pending: count('Deliveries that are not final yet.'),
  inFlight: count('Deliveries under way.'),
  oldestDueMs: { description: 'How long something that could be sent has not been.', type: 'number' },
  last24Hours: object(ROUTER_COUNTS),
  hourly: {
    ...listOf(object({ start: time('When it begins.'), ...ROUTER_COUNTS })),
    description: 'The last 24 hours, the oldest first.',
  },
  rules: RULES_STATUS,
  sources: listOf(SOURCE),
  brokenWebhookCount: count('Webhooks whose breakers are not closed.'),
  brokenWebhooks: { ...listOf({ type: 'string' }), description: 'Their ids, 100 at most.' },
  store: text('What keeps the CDRs.'),
  version: text('Of Hookswitch.'),
});

const EVENTS =
  'Server-sent events: cdr.received, delivery.attempted, delivery.settled, rules.changed, webhook.breaker, source.quiet, source.heard. The data of each ' +
  'is a JSON object with type, at, ids and figures, never call data. Beyond 50 in a second they are only counted: an event ' +
  'summary then has counts by type. Last-Event-ID is passed over: what was missed is not told again. A client that reads too ' +
  'slowly is dropped. At most 100 clients are told at once.';

/** `http/api/overview.ts`, `http/api/sources.ts` and `http/api/events.ts` */
export const OVERVIEW_OPERATIONS: OperationGroup = {
  tag: 'overview',
  description: 'How it stands with the whole router.',
  paths: {
    '/api/v1/overview': {
      get: {
        id: 'getOverview',
        summary: 'How it stands with the router',
        scope: 'read',
        answers: { 200: { description: 'It.', schema: OVERVIEW } },
      },
    },
    '/api/v1/sources': {
      get: {
        id: 'listSources',
        summary: 'Where CDRs come in',
        scope: 'read',
        answers: { 200: { ...pageAnswer(SOURCE, 'All of them.'), headers: [] } },
      },
    },
    '/api/v1/vendors': {
      get: {
        id: 'listVendors',
        summary: 'Whose CDRs can be read',
        scope: 'read',
        answers: { 200: { ...pageAnswer(VENDOR, 'All of them.'), headers: [] } },
      },
    },
    '/api/v1/events': {
      get: {
        id: 'streamEvents',
        summary: 'What happens from now on',
        description: EVENTS,
        scope: 'read',
        query: { types: text('Only events of these types, with commas between.') },
        answers: {
          200: { description: 'Events, without end.', schema: { type: 'string' }, type: 'text/event-stream' },
        },
        problems: ['bad-request'],
      },
    },
  },
};
