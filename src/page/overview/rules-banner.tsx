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
      <ProblemList problems={data.errors} />
    </Notice>
  );
}

/** More are counted: ten thousand webhooks may have a warning each. */
const MOST_SHOWN = 50;

/** Problems with their places, the first of them. */
export function ProblemList({ problems }: { readonly problems: readonly Problem[] }): JSX.Element {
  return (
    <ul class="plain">
      {problems.slice(0, MOST_SHOWN).map(({ pointer, detail, line }) => (
        <li key={`${pointer} ${detail}`}>
          {line !== undefined && <>line {line}, </>}
          {pointer !== '' && <code>{pointer}</code>} {detail}
        </li>
      ))}
      {problems.length > MOST_SHOWN && <li>and {number(problems.length - MOST_SHOWN)} more</li>}
    </ul>
  );
}
