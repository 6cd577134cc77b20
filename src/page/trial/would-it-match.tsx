import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api, type CdrChoice } from '../api/calls.ts';
import type { Explanation, JsonObject } from '../api/types.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { BackTestButton } from './back-test-button.tsx';
import { CdrChooser } from './cdr-chooser.tsx';
import { ExplainedConditions } from './explained-conditions.tsx';
import { TrialRequest } from './trial-request.tsx';

/** Somebody who types on is not answered after each letter. */
const PAUSE_MS = 300;

/** Tells whether a CDR would hit the webhook as it is edited now, how many of the last ones would, and what is sent. */
export function WouldItMatch({
  draft,
  incomplete,
  cdrId,
}: {
  readonly draft: JsonObject;
  /** What is typed and not in the draft, as it is not complete. */
  readonly incomplete: readonly string[];
  readonly cdrId: string | undefined;
}): JSX.Element {
  const [choice, setChoice] = useState<CdrChoice | undefined>(cdrId === undefined ? undefined : { cdrId });
  const { explanation, error } = useExplanation(draft, choice);
  return (
    <aside class="trial card" aria-labelledby="trial-title">
      <h2 id="trial-title">Would it match?</h2>
      <CdrChooser choice={choice} onChoose={setChoice} />
      {incomplete.length > 0 && <p class="hint">Left out for now: {incomplete.join('; ')}.</p>}
      <div aria-live="polite">
        <ErrorNotice error={error} />
        {choice === undefined && <p class="hint">Paste a CDR to try the webhook on.</p>}
        {explanation !== undefined && error === undefined && (
          <>
            <Verdict explanation={explanation} />
            <ExplainedConditions conditions={explanation.conditions} />
          </>
        )}
      </div>
      <BackTestButton draft={draft} />
      <TrialRequest draft={draft} choice={choice} />
    </aside>
  );
}

function Verdict({
  explanation: { matched, listens, conditions },
}: {
  readonly explanation: Explanation;
}): JSX.Element {
  const missed = conditions.filter(({ result }) => !result).length;
  const reason =
    listens === false
      ? 'it does not take CDRs of this source'
      : `${missed} of ${conditions.length} conditions do not hold`;
  return (
    <p class={`answer ${matched ? 'good' : 'bad'}`}>
      <span aria-hidden="true">{matched ? '✓' : '✕'}</span>{' '}
      {matched
        ? 'Yes, this CDR would hit it.'
        : `No: ${missed === 0 && listens !== false ? 'its vendor’s profile ignores this CDR' : reason}.`}
    </p>
  );
}

/** Explains again whenever the draft or the CDR has changed for a moment; only the last answer counts. */
function useExplanation(
  draft: JsonObject,
  choice: CdrChoice | undefined,
): { readonly explanation: Explanation | undefined; readonly error: Error | undefined } {
  const [answer, setAnswer] = useState<{ explanation?: Explanation; error?: Error }>({});
  const asked = JSON.stringify([draft['conditions'], draft['sources'], choice]);
  useEffect(() => {
    if (choice === undefined) {
      setAnswer({});
      return undefined;
    }
    let isWanted = true;
    const timer = setTimeout(() => {
      api.explain(choice, { webhook: conditionsOnly(draft) }).then(
        ({ data: [explanation] }) => {
          if (isWanted) setAnswer(explanation === undefined ? {} : { explanation });
        },
        (error: unknown) => {
          if (isWanted) setAnswer({ error: error instanceof Error ? error : new Error(String(error)) });
        },
      );
    }, PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [asked]);
  return { explanation: answer.explanation, error: answer.error };
}

/** What decides whether it matches; the rest of a draft may still be wrong. */
function conditionsOnly({ conditions = [], sources }: JsonObject): JsonObject {
  return sources === undefined ? { conditions } : { conditions, sources };
}
