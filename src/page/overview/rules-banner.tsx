import type { JSX } from 'preact';
import { api } from '../api/calls.ts';
import { useLive } from '../api/events.ts';
import type { Problem } from '../api/types.ts';
import { number } from '../parts/format.ts';
import { Notice } from '../parts/notice.tsx';
import { useData } from '../parts/use-data.ts';

/** Tells on every view that the rules file on disk has an error and the last good rules are in force. */
export function RulesBanner(): JSX.Element | null {
  const { data, reload } = useData('rules', () => api.rulesStatus());
  useLive(['rules.changed'], reload);
  if (data === undefined || data.errors.length === 0) return null;
  return (
    <Notice kind="error">
      <p>
        The rules file <code>{data.path}</code> has an error. The last good rules stay in force, and nothing
        can be saved here until it is mended there.
      </p>
      <ProblemList problems={data.errors} count={data.errorCount} />
    </Notice>
  );
}

/** The first problems with their places, and how many more there are. */
export function ProblemList({
  problems,
  count,
}: {
  readonly problems: readonly Problem[];
  /** Of all, also of those that are not among them. */
  readonly count: number;
}): JSX.Element {
  return (
    <ul class="plain">
      {problems.map(({ pointer, detail, line }) => (
        <li key={`${pointer} ${detail}`}>
          {line !== undefined && <>line {line}, </>}
          {pointer !== '' && <code>{pointer}</code>} {detail}
        </li>
      ))}
      {count > problems.length && <li>and {number(count - problems.length)} more</li>}
    </ul>
  );
}
