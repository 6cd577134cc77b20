import type { JSX } from 'preact';
import { api } from '../api/calls.ts';
import { useLive } from '../api/events.ts';
import { ChoiceField, FilterForm } from '../parts/filter-form.tsx';
import { Heading } from '../parts/heading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Pager, usePages } from '../parts/pages.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { hrefOf, type Route } from '../routing/route.ts';
import { replaceAddress } from '../routing/use-route.ts';
import { WebhookTable } from './webhook-table.tsx';

const STATES = [
  { value: '', label: 'all' },
  { value: 'failing', label: 'failing' },
  { value: 'broken', label: 'target does not answer' },
  { value: 'disabled', label: 'switched off' },
];

/** The webhooks with their counters; found by name, id or url. */
export function WebhooksView({ route }: { readonly route: Route }): JSX.Element {
  const { q = '', state = '' } = route.query;
  const pages = usePages(`${q} ${state}`, (cursor) => api.webhooks({ q, state, cursor, limit: 50 }));
  useLive(['delivery.settled', 'rules.changed', 'webhook.breaker', 'cdr.received'], pages.reload);
  const filter = (changed: Readonly<Record<string, string>>): void => {
    replaceAddress(hrefOf('webhooks', undefined, { q, state, ...changed }));
  };
  const isFiltered = q !== '' || state !== '';
  const isEmpty = pages.data?.data.length === 0 && !isFiltered && pages.number === 1;
  return (
    <>
      <Heading title="Webhooks">
        <a class="button primary" href={hrefOf('new')}>
          New webhook
        </a>
      </Heading>
      <ErrorNotice error={pages.error} />
      {isEmpty ? (
        <FirstWebhook />
      ) : (
        <>
          <FilterForm>
            <SearchField
              label="Search"
              placeholder="name, id or URL"
              value={q}
              onSearch={(text) => {
                filter({ q: text });
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
          </FilterForm>
          {pages.data !== undefined && <WebhookTable webhooks={pages.data.data} onChanged={pages.reload} />}
          <Pager pages={pages} />
        </>
      )}
    </>
  );
}

function FirstWebhook(): JSX.Element {
  return (
    <section class="card empty">
      <h2>No webhooks yet</h2>
      <p>
        A webhook sends every call record that meets its conditions to a URL: a CRM, a ticketing system, a
        chat. Every CDR that comes in is kept, so a webhook can be tried on calls of the past.
      </p>
      <p>
        <a class="button primary" href={hrefOf('new')}>
          Make the first webhook
        </a>{' '}
        <a class="button" href={hrefOf('cdrs')}>
          See what came in
        </a>
      </p>
    </section>
  );
}
