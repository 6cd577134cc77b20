import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { api, type CdrChoice } from '../api/calls.ts';
import { callText } from '../parts/call-text.ts';
import { Field } from '../parts/field.tsx';
import { time } from '../parts/format.ts';
import { SelectField } from '../parts/select.tsx';
import { useData } from '../parts/use-data.ts';

const PASTED = 'pasted';

/** Chooses one of the last CDRs, or takes one that is pasted. */
export function CdrChooser({
  choice,
  onChoose,
}: {
  readonly choice: CdrChoice | undefined;
  readonly onChoose: (choice: CdrChoice | undefined) => void;
}): JSX.Element {
  const [isPasted, setPasted] = useState(false);
  const [text, setText] = useState('');
  const { data } = useData('recent', async () => {
    const page = await api.cdrs({ limit: 25 });
    const [newest] = page.data;
    if (choice === undefined && newest !== undefined) onChoose({ cdrId: newest.id });
    else if (newest === undefined) setPasted(true);
    return page;
  });
  const recent = data?.data ?? [];
  const chosen = choice !== undefined && 'cdrId' in choice ? choice.cdrId : '';
  const isOther = chosen !== '' && !recent.some(({ id }) => id === chosen);
  const choices = [
    ...(isOther ? [{ value: chosen, label: `the CDR ${chosen}` }] : []),
    ...recent.map((cdr) => ({
      value: cdr.id,
      label: `${time(cdr.receivedAt)} · ${cdr.source} · ${callText(cdr)}`,
    })),
    { value: PASTED, label: 'a CDR that I paste' },
  ];
  return (
    <>
      <SelectField
        label="Try it on"
        value={isPasted ? PASTED : chosen}
        choices={choices}
        onChoose={(value) => {
          setPasted(value === PASTED);
          onChoose(value === PASTED ? pasted(text) : { cdrId: value });
        }}
      />
      {isPasted && (
        <PastedCdr
          text={text}
          onInput={(typed) => {
            setText(typed);
            onChoose(pasted(typed));
          }}
        />
      )}
    </>
  );
}

function PastedCdr({
  text,
  onInput,
}: {
  readonly text: string;
  readonly onInput: (text: string) => void;
}): JSX.Element {
  return (
    <Field label="CDR" hint="As the phone system sends it: JSON, a form, CSV or XML.">
      {(props) => (
        <textarea
          {...props}
          class="code"
          rows={6}
          spellcheck={false}
          value={text}
          onInput={(event) => {
            onInput(event.currentTarget.value);
          }}
        />
      )}
    </Field>
  );
}

function pasted(text: string): CdrChoice | undefined {
  return text.trim() === '' ? undefined : { raw: text };
}
