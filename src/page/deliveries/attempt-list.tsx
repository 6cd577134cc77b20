import type { JSX } from 'preact';
import type { Attempt } from '../api/types.ts';
import { duration } from '../parts/format.ts';
import { HeaderList } from '../parts/header-list.tsx';
import { Pill } from '../parts/pill.tsx';
import { RequestBlock } from '../parts/request-block.tsx';
import { When } from '../parts/when.tsx';

/** Every HTTP call of a delivery, the last first. */
export function AttemptList({
  attempts,
  isDelivered,
}: {
  readonly attempts: readonly Attempt[];
  /** Whether the last attempt was the good one, whatever the status the webhook takes for good. */
  readonly isDelivered: boolean;
}): JSX.Element {
  return (
    <section class="card">
      <h2>Attempts</h2>
      {attempts.length === 0 && <p class="hint">None yet.</p>}
      <ol class="attempts" reversed>
        {[...attempts].reverse().map((attempt) => (
          <li key={attempt.number} value={attempt.number}>
            <OneAttempt attempt={attempt} isGood={isDelivered && attempt === attempts.at(-1)} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function OneAttempt({
  attempt,
  isGood,
}: {
  readonly attempt: Attempt;
  readonly isGood: boolean;
}): JSX.Element {
  const { number, at, durationMs, statusCode, error } = attempt;
  return (
    <>
      <p class="attempt-head">
        <span>Attempt {number}</span>{' '}
        <Pill tone={isGood ? 'good' : 'bad'}>
          {statusCode === null ? 'no answer' : `answered ${statusCode}`}
        </Pill>{' '}
        <When at={at} /> <span class="faint">took {duration(durationMs)}</span>
      </p>
      {error !== null && (
        <p>
          {error.message} <code>{error.code}</code>
        </p>
      )}
      <Exchange attempt={attempt} isGood={isGood} />
    </>
  );
}

/** What was answered and, of an attempt that failed, what was sent. */
function Exchange({ attempt, isGood }: { readonly attempt: Attempt; readonly isGood: boolean }): JSX.Element {
  const { number, excerpt, request, responseHeaders } = attempt;
  return (
    <>
      {excerpt !== null && excerpt !== '' && (
        <details open={!isGood}>
          <summary>Answer</summary>
          <pre tabIndex={0} role="region" aria-label={`Answer to attempt ${number}`}>
            {excerpt}
          </pre>
        </details>
      )}
      {responseHeaders != null && <HeaderList headers={responseHeaders} label="Headers of the answer" />}
      {request != null && (
        <details>
          <summary>Request</summary>
          <RequestBlock request={request} />
        </details>
      )}
    </>
  );
}
