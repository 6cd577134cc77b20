import { isDeepStrictEqual } from 'node:util';
import type { Cdr } from '../cdr/cdr.ts';
import { Matcher, type Match } from '../match/matcher.ts';
import { Departures } from './departures.ts';
import type { Webhook } from './webhook.ts';

/**
 * The webhooks in force. Whoever matches or sends sees either the old rules or the new ones, never a mixture: nothing
 * else runs while they are put in force.
 */
export class Registry {
  #webhooks: ReadonlyMap<string, Webhook> = new Map();
  #matcher = new Matcher();
  /** When webhooks that are not in force any more went. */
  readonly departures = new Departures();

  /** The webhooks by id; another map after every change. */
  get webhooks(): ReadonlyMap<string, Webhook> {
    return this.#webhooks;
  }

  /**
   * Whether there is no webhook of this id, and none is waited for: what is left of it is cancelled. Never while these rules
   * are not the newest: what they do not know is left to nodes that may.
   */
  isGone(id: string): boolean {
    return !this.#webhooks.has(id) && this.departures.isFinal(id);
  }

  /** Which webhooks a CDR hits; disabled ones too, because they only hold their deliveries back. */
  match(cdr: Cdr): Match {
    return this.#matcher.match(cdr);
  }

  /**
   * Puts other webhooks in force. The index is only told of those in which it has to know something new.
   */
  replace(webhooks: readonly Webhook[]): void {
    const before = this.#webhooks;
    this.#webhooks = new Map(webhooks.map((webhook) => [webhook.id, webhook]));
    this.departures.replaced(before, this.#webhooks);
    const gone = [...before.keys()].filter((id) => !this.#webhooks.has(id));
    const changed = webhooks.filter((webhook) => !matchesAlike(before.get(webhook.id), webhook));
    if (gone.length + changed.length > webhooks.length / 2) {
      this.#matcher = new Matcher(webhooks);
      return;
    }
    for (const id of gone) this.#matcher.delete(id);
    for (const webhook of changed) this.#matcher.set(webhook);
  }
}

function matchesAlike(before: Webhook | undefined, after: Webhook): boolean {
  return (
    before === after ||
    (before !== undefined &&
      isDeepStrictEqual([before.sources, before.conditions], [after.sources, after.conditions]))
  );
}
