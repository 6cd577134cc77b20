import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { api } from '../api/calls.ts';
import type { Run } from '../api/run-types.ts';
import { number } from '../parts/format.ts';
import { ErrorNotice, Notice } from '../parts/notice.tsx';
import { useAction } from '../parts/use-action.ts';

const ASK_AGAIN_MS = 700;

/** How far a run has come, until it has ended. */
export function RunProgress({
  first,
  onClose,
}: {
  readonly first: Run;
  readonly onClose: () => void;
}): JSX.Element {
  const [run, setRun] = useState(first);
  const { run: act, error } = useAction();
  useEffect(() => {
    if (run.state !== 'running') return undefined;
    const timer = setTimeout(() => {
      act(async () => {
        setRun(await api.run(run.id));
      });
    }, ASK_AGAIN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [run]);
  const total = run.total ?? 0;
  return (
    <>
      <progress max={Math.max(1, total)} value={run.done} aria-label="Progress" />
      <ErrorNotice error={error} />
      {run.state === 'running' ? (
        <p role="status">
          {number(run.done)} of {number(total)}
        </p>
      ) : (
        <Notice kind={run.state === 'done' ? 'good' : 'info'}>
          {run.state === 'done' ? 'Done: ' : 'Stopped: '}
          {number(run.made)} {run.made === 1 ? 'delivery' : 'deliveries'} made again, {number(run.skipped)}{' '}
          needed no other.
        </Notice>
      )}
      <div class="buttons end">
        {run.state === 'running' && (
          <button
            type="button"
            onClick={() => {
              act(async () => {
                setRun(await api.cancelRun(run.id));
              });
            }}
          >
            Stop
          </button>
        )}
        <button type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </>
  );
}
