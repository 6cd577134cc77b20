import type { JsonObject, JsonValue } from '../check/json-text.ts';
import type { Condition } from '../match/conditions.ts';
import { holds } from '../match/logic.ts';
import { USUALLY_RETRIED, type RetriedStatus, type Webhook } from '../webhooks/webhook.ts';
import { kindOf, type AttemptError, type RelayErrorCode } from './attempt-error.ts';
import type { TransportAnswer } from './transport.ts';

/** What one attempt means for its delivery. `gone` is a target that wants nothing any more; the delivery is kept. */
export type Verdict = 'delivered' | 'retry' | 'failed' | 'gone';

/** An attempt without an answer. */
interface Unanswered {
  readonly error: AttemptError;
  /** The request had been sent whole, so the target may have taken it. */
  readonly isAmbiguous: boolean;
}

/** How an attempt ended: with an answer, or with the reason why there is none. */
export type AttemptEnd = { readonly answer: TransportAnswer } | Unanswered;

/** What of a webhook decides about an attempt. */
export type VerdictSettings = Pick<Webhook, 'successOn' | 'successWhen'> & {
  readonly retry: Pick<Webhook['retry'], 'on' | 'when' | 'ambiguous'>;
};

/** The answer of a target that is there no more (https://www.standardwebhooks.com, "delivery failures"). */
const GONE = 410;

/**
 * Why an attempt failed with an answer that has a status of success; `undefined` where the status tells enough.
 *
 * @param verdict what the attempt means.
 */
export function refusalOf(
  { status, isCutShort }: TransportAnswer,
  { successOn }: Pick<VerdictSettings, 'successOn'>,
  verdict: Verdict,
): AttemptError | undefined {
  if (verdict === 'delivered' || !isAccepted(status, successOn)) return undefined;
  const why = isCutShort
    ? 'the answer was cut short, and successWhen cannot be told of part of it'
    : 'successWhen does not hold for the answer';
  return { code: 'ERR_NOT_SUCCESS' satisfies RelayErrorCode, message: `HTTP ${status}, but ${why}` };
}

/**
 * What an attempt means. Success is 2xx or a status of `successOn`, with `successWhen` holding if there is one. No answer
 * at all is worth another try, unless that could not end better, or it is ambiguous and the webhook would rather miss a CDR
 * than send it twice. Any other answer is final unless `retry.on` or `retry.when` has it. That is true of a redirect, because following it would
 * turn the POST into a GET without the CDR, and of a 2xx that `successWhen` refuses: a target that takes the CDR and a
 * mistake in the condition would make dozens of tickets of it. Of an answer that was cut short conditions tell nothing: it
 * is as good as none.
 */
export function verdictOf(end: AttemptEnd, settings: VerdictSettings): Verdict {
  if ('error' in end) return isOver(end, settings) ? 'failed' : 'retry';
  return verdictOnPart(end.answer, settings) ?? verdictOnAnswer(new LazyAnswer(end.answer), settings);
}

/** What an answer means that was cut short, if a condition would have to look at it. */
function verdictOnPart(
  { status, isCutShort }: TransportAnswer,
  { successOn, successWhen, retry }: VerdictSettings,
): Verdict | undefined {
  if (!isCutShort) return undefined;
  if (!isAccepted(status, successOn)) return retry.when && 'retry';
  return successWhen && (retry.ambiguous ? 'retry' : 'failed');
}

function isOver({ error, isAmbiguous }: Unanswered, { retry }: VerdictSettings): boolean {
  return kindOf(error.code).isFinal || (isAmbiguous && !retry.ambiguous);
}

function verdictOnAnswer(answer: LazyAnswer, { successOn, successWhen, retry }: VerdictSettings): Verdict {
  const { status } = answer;
  const isSuccess = isAccepted(status, successOn);
  if (isSuccess && answer.meets(successWhen, true)) return 'delivered';
  if (isRetried(status, retry.on) || answer.meets(retry.when, false)) return 'retry';
  return status === GONE && !isSuccess && !names(retry.on, GONE) ? 'gone' : 'failed';
}

function isAccepted(status: number, successOn: readonly number[]): boolean {
  return (status >= 200 && status < 300) || successOn.includes(status);
}

/**
 * Whether a list has a status. Exclusions win. A list of nothing but exclusions takes them from what is usually retried;
 * any other list stands in its place, an empty one too.
 */
function isRetried(status: number, list: readonly RetriedStatus[]): boolean {
  const covers = (entry: RetriedStatus): boolean =>
    String(entry) === String(status) || entry === `${Math.floor(status / 100)}xx`;
  const excluded = list.filter(isExclusion);
  if (excluded.some((entry) => covers(entry.slice(1)))) return false;
  const isOnlyExclusions = excluded.length > 0 && excluded.length === list.length;
  return (isOnlyExclusions ? USUALLY_RETRIED : list).some(covers);
}

function isExclusion(entry: RetriedStatus): entry is string {
  return String(entry).startsWith('!');
}

/** Whether a list speaks of this very status, be it to leave it out. A class does not. */
function names(list: readonly RetriedStatus[], status: number): boolean {
  return list.some((entry) => String(entry).replace('!', '') === String(status));
}

/** An answer as conditions see it. Its body is only parsed when a condition is there to look at it. */
class LazyAnswer {
  readonly #answer: TransportAnswer;
  #data: JsonObject | undefined;

  constructor(answer: TransportAnswer) {
    this.#answer = answer;
  }

  get status(): number {
    return this.#answer.status;
  }

  /** Whether a condition holds, `otherwise` when there is none. One that throws on this answer does not hold. */
  meets(condition: Condition | undefined, otherwise: boolean): boolean {
    if (condition === undefined) return otherwise;
    const { status, headers, body } = this.#answer;
    this.#data ??= { status, headers: headers as JsonObject, body: jsonOrText(body) };
    try {
      return holds(condition, this.#data);
    } catch {
      return false;
    }
  }
}

function jsonOrText(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
