import type { JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';
import { api } from '../api/calls.ts';
import type { Plan, Run } from '../api/run-types.ts';
import type { JsonObject } from '../api/types.ts';
import { number } from '../parts/format.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { useAction } from '../parts/use-action.ts';
import { useData } from '../parts/use-data.ts';
import { useSettled } from '../parts/use-settled.ts';
import { RunProgress } from './run-progress.tsx';

/**
 * Tells how much a redelivery or replay would go through, and carries it out when the reader wants; what is not counted
 * yet cannot be started. The run that was started stays, whatever is chosen then.
 */
export function RunPlan({
  body,
  what,
  onClose,
}: {
  /** The run's kind and selection, as the API takes them. */
  readonly body: JsonObject;
  /** What it goes through: the word for one, such as "failed delivery", and the word for several. */
  readonly what: readonly [one: string, several: string];
  readonly onClose: () => void;
}): JSX.Element {
  const wanted = JSON.stringify(body);
  const asked = useSettled(wanted);
  const plan = useData(asked, async () => ({
    of: asked,
    counted: await api.planRun(JSON.parse(asked) as JsonObject),
  }));
  const [run, setRun] = useState<Run | undefined>(undefined);
  // One key for all clicks: a second one finds the run of the first.
  const key = useMemo(() => idempotencyKey(), [wanted]);
  const start = useAction();
  const counted = plan.data?.of === wanted ? plan.data.counted : undefined;
  if (run !== undefined) return <RunProgress first={run} onClose={onClose} />;
  return (
    <>
      <ErrorNotice error={plan.error ?? start.error} />
      <p role="status">{counted === undefined ? 'Counting…' : planned(counted, what)}</p>
      <div class="buttons end">
        <button type="button" onClick={onClose}>
          Close
        </button>
        <button
          type="button"
          class="primary"
          disabled={counted === undefined || counted.total === counted.skipped || start.isRunning}
          onClick={() => {
            start.run(async () => {
              setRun(await api.startRun(body, key));
            });
          }}
        >
          Start
        </button>
      </div>
    </>
  );
}

/** How much there is, and how much of it a run would make. */
function planned({ total, skipped }: Plan, [one, several]: readonly [string, string]): string {
  const what = total === 1 ? one : several;
  if (skipped === 0) return `${number(total)} ${what}`;
  const made = total === skipped ? 'None' : number(total - skipped);
  return `${made} of ${number(total)} ${what} will be made again; the webhook has the other CDRs, or is about to get them`;
}

/** A key by which the router recognises the same wish. `crypto.randomUUID` is missing where the page comes without TLS. */
export function idempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
