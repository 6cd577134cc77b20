import type { JSX } from 'preact';
import { JsonField } from '../parts/json-field.tsx';
import { takeOver, type FormProps } from './form-props.ts';
import { NumbersField } from './number-fields.tsx';

const MEMBERS = ['successOn', 'successWhen'];

/** Which answers of the target count as success. */
export function Answers(props: FormProps): JSX.Element {
  const { draft, set, setIncomplete, errorsAt } = props;
  const isOpen = MEMBERS.some((name) => draft[name] !== undefined || errorsAt(`/${name}`).length > 0);
  return (
    <details class="card" open={isOpen}>
      <summary>
        <h2>What counts as success</h2>
      </summary>
      <NumbersField
        label="Statuses beside 2xx, such as 409 for what the target has already"
        usual="none"
        pointer="/successOn"
        value={draft['successOn']}
        onValue={(value) => {
          set('successOn', value);
        }}
        errorsAt={errorsAt}
        setIncomplete={setIncomplete}
      />
      <JsonField
        label="What the answer must meet"
        hint={
          <>
            JSON-Logic over <code>status</code>, <code>headers</code> and <code>body</code> of the answer,
            such as <code>{'{"==": [{"var": "body.ok"}, true]}'}</code>. Empty asks for nothing more.
          </>
        }
        value={draft['successWhen']}
        errors={errorsAt('/successWhen')}
        onChange={takeOver(props, 'successWhen', 'what counts as success')}
      />
    </details>
  );
}
