import type { JSX } from 'preact';
import type { SourceState } from '../api/types.ts';
import { Field } from '../parts/field.tsx';
import { SelectField } from '../parts/select.tsx';
import { textOf, type FormProps } from './form-props.ts';

const METHODS = ['POST', 'PUT', 'PATCH'].map((method) => ({ value: method, label: method }));

/** Name, target, method, and which sources count. */
export function Basics({
  draft,
  set,
  errorsAt,
  sources,
}: FormProps & { readonly sources: readonly SourceState[] }): JSX.Element {
  return (
    <section class="card">
      <Field label="Name" errors={errorsAt('/name')} hint="The target gets it as “name”.">
        {(props) => (
          <input
            {...props}
            required
            autocomplete="off"
            value={textOf(draft, 'name')}
            onInput={(event) => {
              set('name', event.currentTarget.value);
            }}
          />
        )}
      </Field>
      <Target draft={draft} set={set} errorsAt={errorsAt} />
      <label class="check">
        <input
          type="checkbox"
          checked={draft['enabled'] !== false}
          onChange={(event) => {
            set('enabled', event.currentTarget.checked);
          }}
        />{' '}
        Switched on <span class="hint">(while it is off, what hits it waits)</span>
      </label>
      <Sources draft={draft} set={set} sources={sources} />
    </section>
  );
}

function Target({ draft, set, errorsAt }: Pick<FormProps, 'draft' | 'set' | 'errorsAt'>): JSX.Element {
  return (
    <div class="url-row">
      <SelectField
        label="Method"
        errors={errorsAt('/method')}
        value={textOf(draft, 'method') || 'POST'}
        choices={METHODS}
        onChoose={(method) => {
          set('method', method);
        }}
      />
      <Field label="Destination URL" errors={errorsAt('/url')}>
        {(props) => (
          <input
            {...props}
            required
            inputMode="url"
            spellcheck={false}
            autocomplete="off"
            placeholder="https://example.com/hooks/calls"
            value={textOf(draft, 'url')}
            onInput={(event) => {
              set('url', event.currentTarget.value);
            }}
          />
        )}
      </Field>
    </div>
  );
}

function Sources({
  draft,
  set,
  sources,
}: Pick<FormProps, 'draft' | 'set'> & { readonly sources: readonly SourceState[] }): JSX.Element {
  const chosen = Array.isArray(draft['sources']) ? (draft['sources'] as readonly string[]) : [];
  // Those that are not configured any more are shown too, or they could not be taken out.
  const names = [...new Set([...sources.map(({ name }) => name), ...chosen])];
  const toggle = (name: string, isOn: boolean): void => {
    const next = isOn ? [...chosen, name] : chosen.filter((one) => one !== name);
    set('sources', next.length === 0 ? undefined : next);
  };
  return (
    <details open={chosen.length > 0}>
      <summary>{chosen.length === 0 ? 'CDRs of all sources' : `Only CDRs of: ${chosen.join(', ')}`}</summary>
      <fieldset class="checks">
        <legend>Sources; none chosen means all</legend>
        {names.map((name) => (
          <label key={name} class="check">
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={(event) => {
                toggle(name, event.currentTarget.checked);
              }}
            />{' '}
            {name}
          </label>
        ))}
      </fieldset>
    </details>
  );
}
