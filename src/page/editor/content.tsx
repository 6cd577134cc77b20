import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { Field } from '../parts/field.tsx';
import { JsonField, type JsonText } from '../parts/json-field.tsx';
import { KeyValues, type KeyValuesRead } from '../parts/key-values.tsx';
import { objectOf, textOf, textsOf, type FormProps } from './form-props.ts';

/** What is sent beside the CDR: meta data and headers; and what is sent in its place. */
export function Content(props: FormProps): JSX.Element {
  return (
    <section class="card">
      <h2>What is sent</h2>
      <Meta {...props} />
      <fieldset>
        <legend>Headers</legend>
        <p class="hint">
          Best write a secret as <code>{'${NAME}'}</code>: it is taken from the environment when sending.
          Asterisks stand for a secret that is stored; left as they are, it stays.
        </p>
        <KeyValues
          what="header"
          values={textsOf(objectOf(props.draft, 'headers'))}
          onChange={takeOver(props, 'headers', 'a header')}
        />
        <Errors errors={props.errorsAt('/headers')} />
      </fieldset>
      <Body {...props} />
    </section>
  );
}

function Meta(props: FormProps): JSX.Element {
  const meta = objectOf(props.draft, 'meta');
  const texts = textsOf(meta);
  const [isJson, setJson] = useState(texts === undefined);
  return (
    <fieldset>
      <legend>Meta data</legend>
      <p class="hint">Anything the target should get with each call, as “meta”.</p>
      {isJson || texts === undefined ? (
        <JsonField
          label="Meta as JSON"
          value={meta}
          errors={props.errorsAt('/meta')}
          onChange={takeOver(props, 'meta', 'meta')}
        />
      ) : (
        <>
          <KeyValues what="entry" values={texts} onChange={takeOver(props, 'meta', 'an entry of meta')} />
          <Errors errors={props.errorsAt('/meta')} />
        </>
      )}
      {texts !== undefined && (
        <button
          type="button"
          class="small quiet"
          onClick={() => {
            setJson(!isJson);
          }}
        >
          {isJson ? 'Edit as names and texts' : 'Edit as JSON'}
        </button>
      )}
    </fieldset>
  );
}

function Body(props: FormProps): JSX.Element {
  const { draft, set, errorsAt } = props;
  return (
    <details open={draft['body'] !== undefined || errorsAt('/body').length > 0}>
      <summary>
        {draft['body'] === undefined ? 'Body: name, meta and the CDR' : 'Body: a template of its own'}
      </summary>
      <Field label="The CDR in the body">
        {(control) => (
          <select
            {...control}
            value={textOf(draft, 'payload') || 'raw'}
            onChange={(event) => {
              set('payload', event.currentTarget.value);
            }}
          >
            <option value="raw">as it came</option>
            <option value="flat">flat, one object of all its fields</option>
          </select>
        )}
      </Field>
      <JsonField
        label="Template"
        hint={
          <>
            JSON with values of the call put in, such as <code>{'"{{call.from|unknown}}"'}</code>. Empty sends
            name, meta and the CDR.
          </>
        }
        value={draft['body']}
        errors={errorsAt('/body')}
        onChange={takeOver(props, 'body', 'the template')}
      />
    </details>
  );
}

function Errors({ errors }: { readonly errors: readonly string[] }): JSX.Element {
  return (
    <>
      {errors.map((error) => (
        <p key={error} class="field-error">
          <span aria-hidden="true">✕</span> {error}
        </p>
      ))}
    </>
  );
}

/** Makes a handler that takes a member over, or says why it cannot be yet. */
function takeOver(
  { set, setIncomplete }: FormProps,
  member: string,
  what: string,
): (read: JsonText | KeyValuesRead) => void {
  return (read) => {
    setIncomplete(`/${member}`, 'error' in read ? `${what}: ${read.error}` : undefined);
    if (!('error' in read)) set(member, read.value);
  };
}
