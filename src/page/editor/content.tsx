import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { FieldErrors } from '../parts/field.tsx';
import { JsonField } from '../parts/json-field.tsx';
import { KeyValues } from '../parts/key-values.tsx';
import { SelectField } from '../parts/select.tsx';
import { objectOf, takeOver, textOf, textsOf, type FormProps } from './form-props.ts';

const PAYLOADS = [
  { value: 'raw', label: 'as it came' },
  { value: 'flat', label: 'flat, one object of all its fields' },
];

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
        <FieldErrors errors={props.errorsAt('/headers')} />
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
          <FieldErrors errors={props.errorsAt('/meta')} />
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
      <SelectField
        label="The CDR in the body"
        value={textOf(draft, 'payload') || 'raw'}
        choices={PAYLOADS}
        onChoose={(payload) => {
          set('payload', payload);
        }}
      />
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
