import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { CdrDetail, Json } from '../api/types.ts';
import { allFields } from '../editor/document.ts';
import { number } from '../parts/format.ts';
import { hrefOf } from '../routing/route.ts';

/** The fields of a CDR, to be picked for the conditions of a new webhook. */
export function FieldPicker({ cdr }: { readonly cdr: CdrDetail }): JSX.Element {
  const [picked, setPicked] = useState<readonly string[]>([]);
  const [search, setSearch] = useState('');
  const fields = Object.entries(allFields(cdr));
  const shown = fields.filter(([name, value]) =>
    `${name} ${JSON.stringify(value)}`.toLowerCase().includes(search.toLowerCase()),
  );
  const href = hrefOf('new', undefined, { cdr: cdr.id, fields: JSON.stringify(picked) });
  return (
    <section class="card">
      <h2>Fields</h2>
      <div class="filters">
        <label>
          Find{' '}
          <input
            type="search"
            placeholder="name or value"
            value={search}
            onInput={(event) => {
              setSearch(event.currentTarget.value);
            }}
          />
        </label>
        <a class="button" href={href}>
          Make a webhook {picked.length === 0 ? 'from this CDR' : `of ${number(picked.length)} picked`}
        </a>
      </div>
      <FieldTable
        fields={shown}
        picked={picked}
        onPick={(name, isPicked) => {
          setPicked(isPicked ? [...picked, name] : picked.filter((one) => one !== name));
        }}
      />
    </section>
  );
}

function FieldTable({
  fields,
  picked,
  onPick,
}: {
  readonly fields: readonly (readonly [name: string, value: Json])[];
  readonly picked: readonly string[];
  readonly onPick: (name: string, isPicked: boolean) => void;
}): JSX.Element {
  return (
    <div class="scroll tall" tabIndex={0} role="region" aria-label="Fields of this CDR">
      <table class="fields">
        <caption class="hidden">Fields with their values; pick those a webhook should look at</caption>
        <thead>
          <tr>
            <th scope="col">Field</th>
            <th scope="col">Value</th>
          </tr>
        </thead>
        <tbody>
          {fields.map(([name, value]) => (
            <tr key={name}>
              <th scope="row">
                <label class="check">
                  <input
                    type="checkbox"
                    disabled={typeof value === 'object' && value !== null}
                    checked={picked.includes(name)}
                    onChange={(event) => {
                      onPick(name, event.currentTarget.checked);
                    }}
                  />{' '}
                  {name}
                </label>
              </th>
              <td>
                <code>{JSON.stringify(value)}</code>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
