import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { JsonObject } from '../api/types.ts';
import { Dialog } from '../parts/dialog.tsx';
import { sinceOf, SinceField } from '../parts/since-field.tsx';
import { RunPlan } from '../redelivery/run-plan.tsx';

/** Matches the CDRs of some time against the rules of today. */
export function ReplayMany({ source }: { readonly source: string }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  const [span, setSpan] = useState('1h');
  const since = sinceOf(span);
  return (
    <ReplayButton
      isOpen={isOpen}
      setOpen={setOpen}
      title="Replay CDRs"
      label="Replay…"
      selection={{ ...(source === '' ? {} : { source }), ...(since === undefined ? {} : { since }) }}
    >
      <p>
        {source === '' ? 'CDRs of all sources' : `CDRs of the source “${source}”`} are matched against the
        rules of today.
      </p>
      <SinceField value={span} onChange={setSpan} />
    </ReplayButton>
  );
}

/** Matches one CDR against the rules of today. */
export function ReplayOne({ cdrId }: { readonly cdrId: string }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <ReplayButton
      isOpen={isOpen}
      setOpen={setOpen}
      title="Replay this CDR"
      label="Replay…"
      selection={{ cdrId }}
    >
      <p>It is matched against the rules of today.</p>
    </ReplayButton>
  );
}

function ReplayButton({
  isOpen,
  setOpen,
  title,
  label,
  selection,
  children,
}: {
  readonly isOpen: boolean;
  readonly setOpen: (isOpen: boolean) => void;
  readonly title: string;
  readonly label: string;
  readonly selection: JsonObject;
  readonly children: JSX.Element | JSX.Element[];
}): JSX.Element {
  const [again, setAgain] = useState(false);
  const body = { kind: 'replay', ...selection, ...(again ? { again } : {}) };
  const close = (): void => {
    setOpen(false);
  };
  return (
    <>
      <button
        type="button"
        onClick={() => {
          setOpen(true);
        }}
      >
        {label}
      </button>
      {isOpen && (
        <Dialog title={title} onClose={close}>
          {children}
          <label class="check">
            <input
              type="checkbox"
              checked={again}
              onChange={(event) => {
                setAgain(event.currentTarget.checked);
              }}
            />{' '}
            also to webhooks that have got it before
          </label>
          <RunPlan body={body} what={['CDR', 'CDRs']} onClose={close} />
        </Dialog>
      )}
    </>
  );
}
