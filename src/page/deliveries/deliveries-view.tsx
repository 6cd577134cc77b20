import type { JSX } from 'preact';
import { api } from '../api/calls.ts';
import { useLive } from '../api/events.ts';
import { DELIVERY_STATES, type Delivery, type Webhook } from '../api/types.ts';
import { ChoiceField, FilterForm } from '../parts/filter-form.tsx';
import { Heading } from '../parts/heading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Pager, usePages } from '../parts/pages.tsx';
import { StatePill } from '../parts/pill.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { sinceOf, SinceField } from '../parts/since-field.tsx';
import { When } from '../parts/when.tsx';
import { hrefOf, type Route } from '../routing/route.ts';
import { replaceAddress } from '../routing/use-route.ts';
import { useData } from '../parts/use-data.ts';
import { NextAttempt } from './next-attempt.tsx';
import { RetryFailed } from './retry-failed.tsx';

const STATES = [
  { value: '', label: 'all' },
  ...DELIVERY_STATES.map((state) => ({ value: state, label: state })),
  { value: 'pending,delivering', label: 'pending or delivering' },
];

/** What was made of CDRs, the newest first. */
export function DeliveriesView({ route }: { readonly route: Route }): JSX.Element {
  const { webhookId = '', state = '', since = '', cdrId = '' } = route.query;
  const pages = usePages(`${webhookId} ${state} ${since} ${cdrId}`, (cursor) =>
    api.deliveries({ webhookId, state, cdrId, since: sinceOf(since), cursor, limit: 50 }),
  );
  const breakers = useData('broken', loadBreakers);
  useLive(['delivery.attempted', 'delivery.settled', 'cdr.received', 'webhook.breaker'], () => {
    pages.reload();
    breakers.reload();
  });
  const filter = (changed: Readonly<Record<string, string>>): void => {
    replaceAddress(hrefOf('deliveries', undefined, { webhookId, state, since, cdrId, ...changed }));
  };
  return (
    <>
      <Heading title="Deliveries">
        <RetryFailed webhookId={webhookId} onMade={pages.reload} />
      </Heading>
      <FilterForm>
        <SearchField
          key={webhookId}
          label="Webhook"
          placeholder="id of a webhook"
          value={webhookId}
          onSearch={(text) => {
            filter({ webhookId: text });
          }}
        />
        <ChoiceField
          label="State"
          value={state}
          choices={STATES}
          onChoose={(value) => {
            filter({ state: value });
          }}
        />
        <SinceField
          value={since}
          onChange={(value) => {
            filter({ since: value });
          }}
        />
      </FilterForm>
      <ErrorNotice error={pages.error} />
      {pages.data !== undefined && (
        <DeliveryTable
          deliveries={pages.data.data}
          breakers={breakers.data}
          empty={
            webhookId + state + since + cdrId === ''
              ? 'No deliveries yet. One is made for each webhook that a CDR hits.'
              : 'No delivery is like that.'
          }
        />
      )}
      <Pager pages={pages} />
    </>
  );
}

/** The breakers that are not closed, by webhook. */
type Breakers = ReadonlyMap<string, Webhook['breaker']>;

const NO_BREAKERS: Breakers = new Map();

async function loadBreakers(): Promise<Breakers> {
  const { data } = await api.webhooks({ state: 'broken', limit: 200 });
  return new Map(data.map(({ id, breaker }) => [id, breaker]));
}

/** Deliveries, one in a line. */
export function DeliveryTable({
  deliveries,
  breakers = NO_BREAKERS,
  empty,
}: {
  readonly deliveries: readonly Delivery[];
  readonly breakers?: Breakers | undefined;
  /** What is said when there is none. */
  readonly empty: string;
}): JSX.Element {
  if (deliveries.length === 0) return <p class="hint">{empty}</p>;
  return (
    <table class="stacked">
      <caption class="hidden">Deliveries, the newest first</caption>
      <thead>
        <tr>
          <th scope="col">Created</th>
          <th scope="col">State</th>
          <th scope="col">Webhook</th>
          <th scope="col" class="count">
            Attempts
          </th>
          <th scope="col">Last answer</th>
          <th scope="col">Next attempt</th>
        </tr>
      </thead>
      <tbody>
        {deliveries.map((delivery) => (
          <tr key={delivery.id}>
            <th scope="row">
              <a href={hrefOf('deliveries', delivery.id)}>
                <When at={delivery.createdAt} />
              </a>
            </th>
            <td data-label="State">
              <StatePill state={delivery.state} />
            </td>
            <td data-label="Webhook">
              <a href={hrefOf('webhooks', delivery.webhookId)}>{delivery.webhookId}</a>
            </td>
            <td data-label="Attempts" class="count">
              {delivery.attemptCount}
            </td>
            <td data-label="Last answer">{delivery.lastStatusCode ?? delivery.lastError ?? '–'}</td>
            <td data-label="Next attempt">
              <NextAttempt delivery={delivery} breaker={breakers.get(delivery.webhookId)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
