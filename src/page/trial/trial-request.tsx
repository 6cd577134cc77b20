import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api, type CdrChoice } from '../api/calls.ts';
import type { JsonObject, TestResult } from '../api/types.ts';
import { duration } from '../parts/format.ts';
import { ErrorNotice, Notice } from '../parts/notice.tsx';
import { RequestBlock } from '../parts/request-block.tsx';
import { useAction } from '../parts/use-action.ts';

/** Shows the request that would be sent, and sends it once if the reader wants. */
export function TrialRequest({
  draft,
  choice,
}: {
  readonly draft: JsonObject;
  readonly choice: CdrChoice | undefined;
}): JSX.Element {
  const [result, setResult] = useState<{ of: string; test: TestResult } | undefined>(undefined);
  const { run, isRunning, error } = useAction();
  const key = JSON.stringify([draft, choice]);
  const ask = (send: boolean) => () => {
    if (choice === undefined) return;
    run(async () => {
      setResult({ of: key, test: await api.test(draft, choice, send) });
    });
  };
  const isOff = isRunning || choice === undefined;
  return (
    <section aria-label="Request">
      <div class="buttons">
        <button type="button" disabled={isOff} onClick={ask(false)}>
          Show the request
        </button>
        <button type="button" disabled={isOff} onClick={ask(true)}>
          Send test
        </button>
      </div>
      <div aria-live="polite">
        <ErrorNotice error={error} />
        {result?.of === key && (
          <>
            <Outcome test={result.test} />
            {result.test.request !== null && <RequestBlock request={result.test.request} />}
          </>
        )}
      </div>
    </section>
  );
}

/** What the target made of a test. */
function Outcome({ test: { response, error } }: { readonly test: TestResult }): JSX.Element | null {
  if (error !== undefined && error !== null) {
    return (
      <Notice kind="error">
        {error.message} <code>{error.code}</code>
      </Notice>
    );
  }
  if (response === undefined || response === null) return null;
  const { statusCode, durationMs, excerpt } = response;
  return (
    <Notice kind={statusCode < 300 ? 'good' : 'error'}>
      The target answered {statusCode} in {duration(durationMs)}.
      {excerpt !== null && excerpt !== '' && <pre tabIndex={0}>{excerpt}</pre>}
    </Notice>
  );
}
