import type { JSX } from 'preact';
import { api } from '../api/calls.ts';
import { useLive } from '../api/events.ts';
import type { CdrDetail } from '../api/types.ts';
import { DeliveryTable } from '../deliveries/deliveries-view.tsx';
import { Heading } from '../parts/heading.tsx';
import { JsonBlock } from '../parts/json-block.tsx';
import { ErrorNotice, Notice } from '../parts/notice.tsx';
import { useData } from '../parts/use-data.ts';
import { When } from '../parts/when.tsx';
import type { Route } from '../routing/route.ts';
import { FieldPicker } from './field-picker.tsx';
import { RecordingList } from './recording-list.tsx';
import { ReplayOne } from './replay-many.tsx';
import { WhyNot } from './why-not.tsx';

/** One CDR: its record, where it went, why not elsewhere. */
export function CdrView({ route }: { readonly route: Route }): JSX.Element {
  const id = route.id ?? '';
  const { data, error, reload } = useData(id, () => api.cdr(id));
  useLive(['delivery.settled'], reload);
  return (
    <>
      <Heading title="CDR">{data !== undefined && <ReplayOne cdrId={id} />}</Heading>
      <ErrorNotice error={error} />
      {data !== undefined && (
        <>
          <Facts cdr={data} />
          <section class="card">
            <h2>Deliveries</h2>
            <DeliveryTable deliveries={data.deliveries} empty="None: no webhook was hit by it." />
          </section>
          <RecordingList recordings={data.recordings} />
          <WhyNot cdrId={id} />
          <FieldPicker cdr={data} />
          <details class="card">
            <summary>
              <h2>The record as it came</h2>
            </summary>
            <JsonBlock value={data.cdr} label="record as it came" />
          </details>
        </>
      )}
    </>
  );
}

function Facts({
  cdr: { id, source, vendor, receivedAt, violation },
}: {
  readonly cdr: CdrDetail;
}): JSX.Element {
  return (
    <section class="card" aria-label="Summary">
      <dl class="facts">
        <dt>Received</dt>
        <dd>
          <When at={receivedAt} />
        </dd>
        <dt>Source</dt>
        <dd>{source}</dd>
        <dt>Vendor</dt>
        <dd>{vendor}</dd>
        <dt>Id</dt>
        <dd>
          <code class="path">{id}</code>
        </dd>
      </dl>
      {violation !== null && <Notice kind="warning">{violation}</Notice>}
    </section>
  );
}
