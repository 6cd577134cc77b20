import type { JSX } from 'preact';
import { api } from '../api/calls.ts';
import { useLive } from '../api/events.ts';
import type { Cdr } from '../api/types.ts';
import { callText } from '../parts/call-text.ts';
import { ChoiceField, FilterForm } from '../parts/filter-form.tsx';
import { number } from '../parts/format.ts';
import { Heading } from '../parts/heading.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Pager, usePages } from '../parts/pages.tsx';
import { Pill } from '../parts/pill.tsx';
import { SearchField } from '../parts/search-field.tsx';
import { sinceOf, SinceField } from '../parts/since-field.tsx';
import { When } from '../parts/when.tsx';
import { hrefOf, type Route } from '../routing/route.ts';
import { replaceAddress } from '../routing/use-route.ts';
import { ReplayMany } from './replay-many.tsx';

const MATCHED = [
  { value: '', label: 'all' },
  { value: 'true', label: 'matched' },
  { value: 'false', label: 'not matched' },
];

/** What came in, matched or not, the newest first. */
export function CdrsView({ route }: { readonly route: Route }): JSX.Element {
  const { q = '', source = '', matched = '', since = '' } = route.query;
  const pages = usePages(`${q} ${source} ${matched} ${since}`, (cursor) =>
    api.cdrs({ q, source, matched, since: sinceOf(since), cursor, limit: 50 }),
  );
  useLive(['cdr.received'], pages.reload);
  const filter = (changed: Readonly<Record<string, string>>): void => {
    replaceAddress(hrefOf('cdrs', undefined, { q, source, matched, since, ...changed }));
  };
  return (
    <>
      <Heading title="CDRs">
        <ReplayMany source={source} />
      </Heading>
      <Filters query={route.query} onFilter={filter} />
      <ErrorNotice error={pages.error} />
      {pages.data !== undefined && (
        <CdrTable cdrs={pages.data.data} isFiltered={q + source + matched + since !== ''} />
      )}
      <Pager pages={pages} />
    </>
  );
}

function Filters({
  query: { q = '', source = '', matched = '', since = '' },
  onFilter,
}: {
  readonly query: Route['query'];
  readonly onFilter: (changed: Readonly<Record<string, string>>) => void;
}): JSX.Element {
  return (
    <FilterForm>
      <SearchField
        label="Search"
        placeholder="id or any text"
        value={q}
        onSearch={(text) => {
          onFilter({ q: text });
        }}
      />
      <SearchField
        key={source}
        label="Source"
        placeholder="name of a source"
        value={source}
        onSearch={(text) => {
          onFilter({ source: text });
        }}
      />
      <ChoiceField
        label="Matched"
        value={matched}
        choices={MATCHED}
        onChoose={(value) => {
          onFilter({ matched: value });
        }}
      />
      <SinceField
        value={since}
        onChange={(value) => {
          onFilter({ since: value });
        }}
      />
    </FilterForm>
  );
}

function CdrTable({
  cdrs,
  isFiltered,
}: {
  readonly cdrs: readonly Cdr[];
  readonly isFiltered: boolean;
}): JSX.Element {
  if (cdrs.length === 0)
    return (
      <p class="hint">
        {isFiltered
          ? 'No CDR is like that.'
          : 'No CDR has come in yet. A phone system hands them in at /cdr/ and a source’s name.'}
      </p>
    );
  return (
    <table class="stacked">
      <caption class="hidden">CDRs, the newest first</caption>
      <thead>
        <tr>
          <th scope="col">Received</th>
          <th scope="col">Call</th>
          <th scope="col">Source</th>
          <th scope="col">Vendor</th>
          <th scope="col">Matched</th>
          <th scope="col">Note</th>
        </tr>
      </thead>
      <tbody>
        {cdrs.map((cdr) => (
          <CdrRow key={cdr.id} cdr={cdr} />
        ))}
      </tbody>
    </table>
  );
}

function CdrRow({ cdr }: { readonly cdr: Cdr }): JSX.Element {
  const { id, receivedAt, source, vendor, hits, violation } = cdr;
  return (
    <tr>
      <th scope="row">
        <a href={hrefOf('cdrs', id)}>
          <When at={receivedAt} />
        </a>
      </th>
      <td data-label="Call" class="note">
        {callText(cdr)}
      </td>
      <td data-label="Source">{source}</td>
      <td data-label="Vendor">{vendor}</td>
      <td data-label="Matched">
        {hits === 0 ? (
          <Pill tone="quiet">not matched</Pill>
        ) : (
          <Pill tone="good">{hits === 1 ? '1 webhook' : `${number(hits)} webhooks`}</Pill>
        )}
      </td>
      <td data-label="Note" class="note">
        {violation ?? ''}
      </td>
    </tr>
  );
}
