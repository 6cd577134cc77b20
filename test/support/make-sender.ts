import { makeCdr } from '../../src/cdr/cdr.ts';
import type { JsonObject } from '../../src/check/json-text.ts';
import { Authenticator } from '../../src/relay/auth/authenticator.ts';
import { Sender, type SenderOptions, type SendOptions } from '../../src/relay/sender.ts';
import type { ReadCdr } from '../../src/store/records.ts';
import { ScriptedTransport } from './scripted-transport.ts';

/** Reads a CDR without any vendor, so without an overlay. */
const readWithoutOverlay: ReadCdr = ({ raw, source, vendor, receivedAtMs }) =>
  makeCdr({ raw, record: JSON.parse(raw) as JsonObject }, source, vendor, new Date(receivedAtMs));

/** A sender with what a test does not care about; its clock is that of the test. */
export function makeSender(options: Partial<SenderOptions> = {}): Sender {
  const { transport = new ScriptedTransport(), environment = {} } = options;
  const clock = (): number => Date.now();
  return new Sender({
    transport,
    environment,
    authenticator: new Authenticator({ transport, environment, now: clock }),
    readCdr: readWithoutOverlay,
    clock,
    random: () => Math.random(),
    ...options,
  });
}

/** Attempts that nobody watches, nothing limits and nothing stops. */
export function quietSending(): SendOptions {
  return {
    onAttempt: () => undefined,
    permit: { mayRepeat: () => true, begin: () => undefined },
    signal: new AbortController().signal,
  };
}
