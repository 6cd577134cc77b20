import { deepStrictEqual } from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { Candidate, RunningRelay } from './candidates.ts';
import { cdrText } from './cdr.ts';
import { within } from './clock.ts';
import { LoadClient } from './load-client.ts';
import type { Receiver } from './receiver.ts';
import { MATCHING_WEBHOOK } from './webhooks.ts';
import type { Workbench } from './workbench.ts';

/** What every measurement works with. */
export interface Tools {
  readonly workbench: Workbench;
  readonly receiver: Receiver;
}

/** Longer than any part of the benchmark takes on a slow machine. */
export const LIMIT_MS = 150_000;
/** For what a relay still does after the last delivery has arrived. */
const SETTLE_MS = 300;

let nextSerial = 1;

/** The first of a number of serial numbers that no CDR has had yet. */
export function takeSerials(count: number): number {
  nextSerial += count;
  return nextSerial - count;
}

/**
 * Starts a relay, has it relay some CDRs, checks that what arrives is what should, measures, and stops it. A new process
 * for every measurement, so that rounds do not depend on one another; warmed up, because a router runs for months.
 */
export async function withWarmRelay<Result>(
  { workbench, receiver }: Tools,
  candidate: Candidate,
  warmUp: number,
  measure: (relay: RunningRelay, client: LoadClient) => Promise<Result>,
): Promise<Result> {
  const relay = await candidate.start(workbench, receiver.url);
  const client = new LoadClient(relay.intakeUrl);
  try {
    const first = takeSerials(warmUp);
    await receiver.expect({ first, count: warmUp });
    await within(LIMIT_MS, 'warming up', client.sendAll(first, warmUp));
    await receiver.whenAll(LIMIT_MS);
    checkDelivery(await receiver.lastBody(), first, warmUp);
    await wait(SETTLE_MS);
    return await measure(relay, client);
  } finally {
    client.close();
    await relay.stop();
  }
}

/** A relay that sends something else would be measured at something else. */
function checkDelivery(body: string, first: number, count: number): void {
  const { cdr, ...rest } = JSON.parse(body) as { cdr: { pkid: string } };
  const serial = Number(cdr.pkid.slice(-12));
  if (!(serial >= first && serial < first + count)) throw new Error(`CDR ${serial} was not sent`);
  deepStrictEqual({ cdr, ...rest }, { ...MATCHING_WEBHOOK, cdr: JSON.parse(cdrText(serial)) as object });
}
