import { lookup } from 'node:dns';
import type { Config } from './config.ts';
import type { Observer } from './observer.ts';
import { Authenticator } from './relay/auth/authenticator.ts';
import { Dispatcher } from './relay/dispatcher.ts';
import { NetworkGuard } from './relay/network-guard.ts';
import { Sender } from './relay/sender.ts';
import { SharedLookup } from './relay/shared-lookup.ts';
import { GotTransport } from './relay/got/got-transport.ts';
import { disablerOf } from './rules-parts.ts';
import type { ReadCdr } from './store/records.ts';
import type { Store } from './store/store.ts';
import { lookupThreads } from './thread-pool.ts';
import type { Environment } from './webhooks/references.ts';
import type { Registry } from './webhooks/registry.ts';
import type { Rules } from './webhooks/rules.ts';
import { environmentForWebhooks } from './webhooks/webhook-environment.ts';

/** Makes the guard of a configuration, which looks each name up once at a time. */
export function makeGuard({ allowNetworks }: Config): NetworkGuard {
  const { resolve } = new SharedLookup({ resolve: lookup, atOnce: lookupThreads(), now: Date.now });
  return new NetworkGuard(allowNetworks, resolve);
}

/** What the relay is built on. */
export interface RelayFoundation {
  readonly observer: Observer;
  readonly store: Store;
  readonly registry: Registry;
  readonly guard: NetworkGuard;
  readonly rules: Rules;
  readonly readCdr: ReadCdr;
}

/** Makes what sends: the transport, the sender on it, and the dispatcher on that. */
export function makeRelay(
  { observer, store, registry, guard, rules, readCdr }: RelayFoundation,
  everything: Environment,
  { maxInFlight, leaseMs, allowVariables }: Config,
) {
  const environment = environmentForWebhooks(everything, allowVariables);
  const transport = new GotTransport(guard);
  const onRefreshTokenRotated = observer.refreshTokenRotated.bind(observer);
  const authenticator = new Authenticator({ transport, environment, onRefreshTokenRotated });
  const time = { clock: Date.now, random: Math.random };
  const sender = new Sender({ transport, environment, authenticator, readCdr, ...time });
  const onGone = disablerOf(rules, observer);
  const relay = { store, registry, sender, observer, maxInFlight, leaseMs, onGone, ...time };
  return { transport, sender, dispatcher: new Dispatcher(relay) };
}
