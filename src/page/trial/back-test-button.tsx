import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api } from '../api/calls.ts';
import type { BackTest, JsonObject } from '../api/types.ts';
import { number, time } from '../parts/format.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { useAction } from '../parts/use-action.ts';
import { hrefOf } from '../routing/route.ts';

/** CDRs to look at, the newest. */
const LAST = 1_000;

/** Counts how many of the last CDRs the draft would have matched. */
export function BackTestButton({ draft }: { readonly draft: JsonObject }): JSX.Element {
  const [result, setResult] = useState<{ of: string; counted: BackTest } | undefined>(undefined);
  const { run, isRunning, error } = useAction();
  const { conditions = [], sources } = draft;
  const webhook: JsonObject = sources === undefined ? { conditions } : { conditions, sources };
  const key = JSON.stringify(webhook);
  return (
    <section aria-label="Back-test">
      <button
        type="button"
        disabled={isRunning}
        onClick={() => {
          run(async () => {
            setResult({ of: key, counted: await api.backTest(webhook, LAST) });
          });
        }}
      >
        {isRunning ? 'Counting…' : `Try it on the last ${number(LAST)} CDRs`}
      </button>
      <div aria-live="polite">
        <ErrorNotice error={error} />
        {/* What was counted for other conditions says nothing of these. */}
        {result?.of === key && <Counted result={result.counted} />}
      </div>
    </section>
  );
}

function Counted({ result }: { readonly result: BackTest }): JSX.Element {
  const { matched, examined, examples, oldestAt, errors } = result;
  return (
    <>
      <p>
        It would have matched <strong>{number(matched)}</strong> of {number(examined)} CDRs
        {oldestAt !== null && <> since {time(oldestAt)}</>}.
        {errors > 0 && <> {number(errors)} could not be evaluated.</>}
      </p>
      {examples.length > 0 && (
        <details>
          <summary>The newest of them</summary>
          <ul class="plain">
            {examples.map(({ cdrId, receivedAt, source }) => (
              <li key={cdrId}>
                <a href={hrefOf('cdrs', cdrId)} target="_blank" rel="noreferrer">
                  {time(receivedAt)} · {source}
                </a>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
