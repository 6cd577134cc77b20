import type { Cdr } from '../cdr/cdr.ts';
import { Matcher, type Match } from '../match/matcher.ts';
import type { Webhook } from './webhook.ts';

/** A set of webhooks and what was compiled from it. Never changed: new rules are a new set. */
interface CompiledSet {
  readonly webhooks: ReadonlyMap<string, Webhook>;
  readonly matcher: Matcher;
}

/**
 * The webhooks in force. They are replaced as a whole, so whoever matches or sends sees either the old rules or the
 * new ones, never a mixture.
 */
export class Registry {
  #current: CompiledSet = compile([]);

  /** The webhooks by id. */
  get webhooks(): ReadonlyMap<string, Webhook> {
    return this.#current.webhooks;
  }

  /** Which webhooks a CDR hits; disabled ones too, because they only hold their deliveries back. */
  match(cdr: Cdr): Match {
    return this.#current.matcher.match(cdr);
  }

  /** Puts another set of webhooks in force. */
  replace(webhooks: readonly Webhook[]): void {
    this.#current = compile(webhooks);
  }
}

function compile(webhooks: readonly Webhook[]): CompiledSet {
  return {
    webhooks: new Map(webhooks.map((webhook) => [webhook.id, webhook])),
    matcher: new Matcher(webhooks),
  };
}
