import type { SourceReading } from '../cdr/read.ts';
import type { Redact } from '../cdr/redaction.ts';
import type { Expectation } from './expectation.ts';
import type { Handshake } from './handshake.ts';
import type { Verifier } from './verify/verifier.ts';

/** What a sender has to show. */
export type SourceCredentials =
  { readonly basic: { readonly username: string; readonly password: string } } | { readonly bearer: string };

/** Where CDRs come in: `/cdr/<name>`. */
export interface Source extends SourceReading {
  /** None: anybody who can reach the address may send. */
  readonly credentials?: SourceCredentials | undefined;
  /** Looks whether a request is the vendor's own; nothing is looked at when `undefined`. */
  readonly verifier?: Verifier | undefined;
  /** Answers what is no CDR but has to be answered. */
  readonly handshake?: Handshake | undefined;
  /** What makes two of its CDRs the same; `bytes` when `undefined`. */
  readonly duplicates?: 'bytes' | 'identity' | undefined;
  /** Takes out of each CDR what is not to be kept, before it is matched and stored; nothing when `undefined`. */
  readonly redact?: Redact | undefined;
  /** Whether it is asked for recordings: for all, for none, or for those that a webhook wants when `undefined`. */
  readonly recordings?: boolean | undefined;
  /** How often it is expected to send; nothing is expected when `undefined`. */
  readonly expectation?: Expectation | undefined;
  /** How many of its last requests are kept as they came; none when `undefined`. */
  readonly capture?: number | undefined;
}

/** The source that `/cdr` alone stands for. */
export const DEFAULT_SOURCE = 'default';
