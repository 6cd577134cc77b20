import type { Problem } from '../check/problem.ts';
import type { SchemaCheck } from '../check/schema.ts';
import type { RulesDocument, TargetProblem } from './check-webhooks.ts';
import type { Registry } from './registry.ts';
import type { WebhookDocument } from './webhook.ts';

/** How it stands with the rules file. */
export interface RulesStatus {
  readonly path: string;
  /** When the rules in force were read; `undefined` until then. */
  readonly loadedAt: Date | undefined;
  /** Warnings about the rules in force. */
  readonly warnings: readonly Problem[];
  /** Why the file as it is now is not in force; empty when it is. */
  readonly errors: readonly Problem[];
}

/** What a rules file needs to work. */
export interface RulesFileOptions {
  readonly path: string;
  /** Where the last rules without an error are kept, for a start with a broken file. */
  readonly lastGoodPath: string;
  readonly registry: Registry;
  /** `schemas/rules.schema.json`, compiled. */
  readonly schemaCheck: SchemaCheck;
  /** Warns of targets that are refused when sending; by default of none. */
  readonly targetProblem?: TargetProblem;
  /** Called whenever other rules are in force and whenever the file's errors change. */
  readonly onChange: (status: RulesStatus) => void;
}

/** What an edit makes of the webhooks, and what it gives back to its caller. */
export interface RulesEdit<Result> {
  readonly webhooks: readonly WebhookDocument[];
  readonly result: Result;
}

/** An edit of the webhooks; the connections are there to be looked at. */
export type RulesChange<Result> = (
  webhooks: readonly WebhookDocument[],
  connections: NonNullable<RulesDocument['connections']>,
) => RulesEdit<Result>;
