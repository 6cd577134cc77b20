import type { JSX } from 'preact';
import type { Json } from '../api/types.ts';
import { withMember } from './document.ts';
import { objectOf, type FormProps } from './form-props.ts';
import { NumberField, NumbersField } from './number-fields.tsx';

/** The numbers of this part, each with its place in the document and what holds while its field is empty. */
const NUMBERS = [
  { path: ['timeoutMs'], label: 'Time-out in milliseconds', usual: '15000' },
  { path: ['concurrency'], label: 'At the same time, at most', usual: '10' },
  { path: ['rateLimit', 'requests'], label: 'Rate limit: requests', usual: 'no limit' },
  { path: ['rateLimit', 'perSeconds'], label: 'in so many seconds', usual: 'no limit' },
  { path: ['retry', 'burst'], label: 'Quick repeats', usual: '2' },
] as const;

const SCHEDULE = {
  path: ['retry', 'schedule'],
  usual: '5, 30, 300, 1800, 7200, 18000, 36000, 36000',
} as const;

const MEMBERS = ['timeoutMs', 'concurrency', 'rateLimit', 'retry'];

type Path = readonly [member: string, inner?: string];

/** How fast and how often: time-outs, limits and repeats. Empty fields mean what stands in them. */
export function Sending(props: FormProps): JSX.Element {
  const { draft, errorsAt, setIncomplete } = props;
  const isOpen = MEMBERS.some((name) => draft[name] !== undefined || errorsAt(`/${name}`).length > 0);
  const fieldFor = (path: Path) => ({
    errorsAt,
    setIncomplete,
    pointer: `/${path.join('/')}`,
    value: memberAt(props, path),
    onValue: (value: Json | undefined) => {
      setMemberAt(props, path, value);
    },
  });
  return (
    <details class="card" open={isOpen}>
      <summary>
        <h2>Time-out, limits and repeats</h2>
      </summary>
      <div class="grid">
        {NUMBERS.map(({ path, label, usual }) => (
          <NumberField key={label} {...fieldFor(path)} label={label} usual={usual} />
        ))}
        <NumbersField
          {...fieldFor(SCHEDULE.path)}
          label="Later repeats, after seconds"
          usual={SCHEDULE.usual}
        />
      </div>
      {errorsAt('/rateLimit').length > 0 && (
        <p class="field-error">A rate limit needs both of its numbers.</p>
      )}
    </details>
  );
}

function memberAt({ draft }: FormProps, [member, inner]: Path): Json | undefined {
  return inner === undefined ? draft[member] : objectOf(draft, member)?.[inner];
}

/** Changes a member, and leaves out an object that has none left. */
function setMemberAt({ draft, set }: FormProps, [member, inner]: Path, value: Json | undefined): void {
  if (inner === undefined) {
    set(member, value);
    return;
  }
  const after = withMember(objectOf(draft, member) ?? {}, inner, value);
  set(member, Object.keys(after).length === 0 ? undefined : after);
}
