import type { JSX } from 'preact';
import { api } from '../api/calls.ts';
import type { Explanation } from '../api/types.ts';
import { Disclosure } from '../parts/disclosure.tsx';
import { number } from '../parts/format.ts';
import { ErrorNotice } from '../parts/notice.tsx';
import { Pill } from '../parts/pill.tsx';
import { useData } from '../parts/use-data.ts';
import { hrefOf } from '../routing/route.ts';
import { ExplainedConditions } from '../trial/explained-conditions.tsx';

/** How each webhook of today takes the CDR: those that match, then the nearest misses. Asked for when it is opened. */
export function WhyNot({ cdrId }: { readonly cdrId: string }): JSX.Element {
  return <Disclosure title="Why it matches, and why not">{() => <Explanations cdrId={cdrId} />}</Disclosure>;
}

function Explanations({ cdrId }: { readonly cdrId: string }): JSX.Element {
  const { data, error } = useData(cdrId, () => api.explain({ cdrId }, {}));
  return (
    <div aria-live="polite">
      <ErrorNotice error={error} />
      {data?.data.length === 0 && <p class="hint">There are no webhooks.</p>}
      {data?.data.map((explanation) => (
        <OneExplanation key={explanation.webhookId} explanation={explanation} />
      ))}
      {typeof data?.nextCursor === 'string' && (
        <p class="hint">These are the nearest {number(data.data.length)}; the others miss by more.</p>
      )}
    </div>
  );
}

function OneExplanation({
  explanation: { webhookId, name, matched, listens, enabled, conditions },
}: {
  readonly explanation: Explanation;
}): JSX.Element {
  return (
    <section class="explanation" aria-label={name ?? undefined}>
      <h3>
        <a href={hrefOf('webhooks', webhookId ?? '')}>{name}</a>{' '}
        <Pill tone={matched ? 'good' : 'bad'}>{matched ? 'matches' : 'does not match'}</Pill>{' '}
        {!enabled && <Pill tone="quiet">off</Pill>}
      </h3>
      {listens === false && <p>It does not take CDRs of this source.</p>}
      <ExplainedConditions conditions={conditions} />
    </section>
  );
}
