import type { JsonValue } from '../check/json-text.ts';
import type { Problem } from '../check/problem.ts';
import type { SchemaCheck } from '../check/schema.ts';
import type { RulesDocument, TargetProblem } from './check-webhooks.ts';
import type { ConnectionDocuments } from './connection.ts';
import type { Registry } from './registry.ts';
import type { WebhookDocument } from './webhook.ts';

/** More problems are only counted: each of ten thousand webhooks may have one. */
export const MOST_PROBLEMS_TOLD = 100;

/** How it stands with the rules. */
export interface RulesStatus {
  /** Where they are kept: in a file, or in a table that many nodes share. */
  readonly kind: 'file' | 'table';
  /** The file's path, or the database without user and password. */
  readonly path: string;
  /** When the rules in force were read; `undefined` until then. */
  readonly loadedAt: Date | undefined;
  /** Warnings about the rules in force. In a file the first `MOST_PROBLEMS_TOLD` have their lines. */
  readonly warnings: readonly Problem[];
  /** Why the rules as they are kept now are not in force; empty when they are. */
  readonly errors: readonly Problem[];
  /** The rules that are kept and not in force because of these errors, where they may be replaced as a whole. */
  readonly refused?: RulesDocument | undefined;
}

/** What an edit makes of the webhooks, and what it gives back to its caller. */
export interface RulesEdit<Result> {
  readonly webhooks: readonly WebhookDocument[];
  readonly result: Result;
}

/**
 * An edit of the webhooks; the connections are there to be looked at. It may be called again when what it makes could
 * not be written, and it changes nothing in place.
 */
export type RulesChange<Result> = (
  webhooks: readonly WebhookDocument[],
  connections: ConnectionDocuments,
) => RulesEdit<Result>;

/** What rules need wherever they are kept. */
export interface RulesOptions {
  /** Where they are put in force. */
  readonly registry: Registry;
  /** `schemas/rules.schema.json`, compiled. */
  readonly schemaCheck: SchemaCheck;
  /** Warns of targets that are refused when sending; by default of none. */
  readonly targetProblem?: TargetProblem;
  /** Called whenever other rules are in force and whenever their errors change. */
  readonly onChange: (status: RulesStatus) => void;
}

/**
 * The one truth about webhooks. Whoever edits it, rules with an error are never in force: the last ones without stay. A
 * change is in force in every router that shares the rules within a second.
 */
export interface Rules {
  readonly status: RulesStatus;

  /** The rules in force, as their editors wrote them. */
  readonly document: RulesDocument;

  /**
   * Loads the rules and begins to follow their changes.
   *
   * @throws InvalidDocumentError when they have an error, StoreUnavailableError when they cannot be had.
   */
  open(): Promise<void>;

  /** Stops following and waits for what is being written. */
  close(): Promise<void>;

  /**
   * Changes the webhooks: those that are kept now are handed to `change`, and what it returns is checked, kept as a whole
   * and put in force. Edits go one after another, of all routers too, so none overwrites another unseen. When somebody changes a
   * file by hand meanwhile, `change` is called again with that; only what is saved in the moment of the writing itself is lost.
   *
   * @throws BrokenRulesError when the rules as they are kept have an error, InvalidDocumentError when the changed ones
   *   would have one, RulesFileNotWritableError or StoreUnavailableError when they cannot be kept, and whatever `change`
   *   throws; then nothing has changed, unless the connection to a database was lost while it answered.
   */
  edit<Result>(change: RulesChange<Result>): Promise<Result>;

  /**
   * Puts another document in the place of the whole: what `change` makes of the one in force. Of rules in a table that have
   * an error, as those of a newer version have, it is told as `refused`: they are replaced, too, unless it throws.
   *
   * @throws like `edit`; BrokenRulesError only for a file.
   */
  replace(change: (before: RulesDocument, refused?: RulesDocument) => JsonValue): Promise<void>;

  /** What is wrong or surprising in a rules document that is not in force. */
  problemsOf(document: JsonValue): readonly Problem[];
}
