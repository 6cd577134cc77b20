import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { isSameJson } from '../conditions/equal.ts';
import { JsonField } from '../parts/json-field.tsx';
import { Notice } from '../parts/notice.tsx';
import { TextField } from '../parts/text-field.tsx';
import { takeOver, textOf, type FormProps } from './form-props.ts';
import {
  generatedFor,
  generateSecret,
  keepGenerated,
  MOST_SECRETS,
  secretNameFor,
  secretNamesOf,
  withSecretNames,
  type GeneratedSecret,
} from './signing.ts';

/** What requests are signed with, so that the target can tell them from forged ones. */
export function SigningForm(props: FormProps): JSX.Element {
  const signing = props.draft['signing'];
  const names = secretNamesOf(signing);
  return (
    <fieldset>
      <legend>Signature</legend>
      <p class="hint">
        Requests are signed by Standard Webhooks. The secret itself stays out of the rules: the router’s
        environment or its secrets file has it under a name.
      </p>
      {names === undefined ? (
        <JsonField
          label="Signature as JSON"
          value={signing}
          errors={props.errorsAt('/signing')}
          onChange={takeOver(props, 'signing', 'the signature')}
        />
      ) : (
        <SecretNames {...props} names={names} />
      )}
    </fieldset>
  );
}

const LABELS = ['Name of the secret', 'Name of a second one, while the target changes from one to the other'];

function SecretNames({
  draft,
  set,
  errorsAt,
  names,
}: FormProps & { readonly names: readonly string[] }): JSX.Element {
  const [typed, setTyped] = useState(names);
  const [generated, setGenerated] = useState(() => generatedFor(names));
  useEffect(() => {
    if (!isSameJson(given(typed), names)) setTyped(names);
  }, [draft['signing']]);
  const change = (next: readonly string[]): void => {
    setTyped(next);
    set('signing', withSecretNames(draft['signing'], given(next)));
  };
  const keep = (secret: GeneratedSecret | undefined): void => {
    keepGenerated(secret);
    setGenerated(secret);
  };
  const generate = (): void => {
    const name = typed[0] ?? '';
    const named = name === '' ? secretNameFor(textOf(draft, 'id') || textOf(draft, 'name')) : name;
    change([named, ...typed.slice(1)]);
    keep({ name: named, secret: generateSecret() });
  };
  // The second is only asked for beside a first.
  const shown = LABELS.slice(0, Math.min(MOST_SECRETS, typed.length + 1));
  return (
    <>
      {shown.map((label, index) => (
        <TextField
          key={label}
          label={label}
          placeholder="NAME"
          value={typed[index] ?? ''}
          errors={index === 0 ? errorsAt('/signing') : []}
          onText={(text) => {
            change(Object.assign([...typed], { [index]: text.trim() }));
          }}
        />
      ))}
      <button type="button" onClick={generate}>
        Generate a secret
      </button>
      {generated !== undefined && (
        <Generated
          generated={generated}
          onDismiss={() => {
            keep(undefined);
          }}
        />
      )}
    </>
  );
}

/** The only sight of a secret, until the reader has it. */
function Generated({
  generated: { name, secret },
  onDismiss,
}: {
  readonly generated: GeneratedSecret;
  readonly onDismiss: () => void;
}): JSX.Element {
  return (
    <Notice>
      <p>
        Put this line into the secrets file, and give the target what stands after “=”. It is shown only here
        and now.{' '}
        <code class="path">
          {name}={secret}
        </code>
      </p>
      <button type="button" class="small" onClick={onDismiss}>
        I have it
      </button>
    </Notice>
  );
}

function given(names: readonly string[]): readonly string[] {
  return names.filter((name) => name !== '');
}
