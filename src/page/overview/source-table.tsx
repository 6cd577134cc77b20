import type { JSX } from 'preact';
import type { SourceState } from '../api/types.ts';
import { Pill } from '../parts/pill.tsx';
import { Ago } from '../parts/when.tsx';
import { hrefOf } from '../routing/route.ts';

/** Where CDRs come from and when each was last heard of. Those that were never heard of stand behind the others. */
export function SourceTable({ sources }: { readonly sources: readonly SourceState[] }): JSX.Element {
  const sorted = [...sources].sort(
    (a, b) => (b.lastReceivedAt ?? '').localeCompare(a.lastReceivedAt ?? '') || a.name.localeCompare(b.name),
  );
  return (
    <section class="card">
      <h2 id="sources-title">Sources</h2>
      <table aria-labelledby="sources-title" class="stacked">
        <thead>
          <tr>
            <th scope="col">Source</th>
            <th scope="col">Vendor</th>
            <th scope="col">Last CDR</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {sorted.map(({ name, vendor, lastReceivedAt, quiet }) => (
            <tr key={name}>
              <th scope="row">
                <a href={hrefOf('cdrs', undefined, { source: name })}>{name}</a>
              </th>
              <td data-label="Vendor">{vendor ?? 'told by the CDR'}</td>
              <td data-label="Last CDR">
                <Ago at={lastReceivedAt} />
              </td>
              <td data-label="State">
                {quiet === true ? (
                  <Pill tone="warn">quiet</Pill>
                ) : lastReceivedAt === null ? (
                  <Pill tone="quiet">nothing yet</Pill>
                ) : (
                  <Pill tone="good">heard of</Pill>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
