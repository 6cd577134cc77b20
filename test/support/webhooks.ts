import type { Lease, NewCdr, StoredCdr } from '../../src/store/records.ts';
import { makeWebhook, type Webhook, type WebhookDocument } from '../../src/webhooks/webhook.ts';

/** A webhook in force, every member at its default unless given. */
export function webhookWith(members: Partial<WebhookDocument> = {}): Webhook {
  return makeWebhook({ id: 'tickets', name: 'Tickets', url: 'http://target.test/hook', ...members });
}

/** A webhook that gives up after its first attempt: what a test takes that is not about retries. */
export function webhookWithoutRetries(members: Partial<WebhookDocument> = {}): Webhook {
  return webhookWith({ retry: { burst: 0, schedule: [] }, ...members });
}

/** A CDR as the store hands it to the relay. */
export function storedCdr(members: Partial<StoredCdr> = {}): StoredCdr {
  return {
    id: 'cdr_01TEST',
    source: 'generic',
    vendor: 'generic',
    receivedAtMs: 0,
    raw: '{"caller":"1000"}',
    hits: 1,
    ...members,
  };
}

/** The first lease of a delivery of `storedCdr` to a webhook. */
export function leaseFor(webhookId: string, members: Partial<Lease> = {}): Lease {
  return {
    deliveryId: 'dlv_01TEST',
    webhookId,
    cdr: storedCdr(),
    number: 1,
    attempts: 0,
    rounds: 0,
    ...members,
  };
}

let made = 0;

/** A CDR as intake hands it to the store; no two have the same text unless `raw` is given. */
export function newCdr(webhookIds: readonly string[], members: Partial<NewCdr> = {}): NewCdr {
  made += 1;
  return {
    source: 'generic',
    vendor: 'generic',
    receivedAtMs: Date.now(),
    raw: `{"number":${made}}`,
    hits: webhookIds.map((webhookId) => ({ webhookId, lease: false })),
    errors: [],
    ...members,
  };
}
