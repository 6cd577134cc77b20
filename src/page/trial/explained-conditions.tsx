import type { JSX } from 'preact';
import type { ExplainedCondition } from '../api/types.ts';
import { describeCondition } from '../conditions/describe.ts';

/** Each condition with whether it holds, in a word and a sign, and the values it found. */
export function ExplainedConditions({
  conditions,
}: {
  readonly conditions: readonly ExplainedCondition[];
}): JSX.Element {
  if (conditions.length === 0) return <p class="hint">It has no conditions, so every CDR matches.</p>;
  return (
    <ul class="verdicts">
      {conditions.map(({ condition, result, values, error }, index) => (
        <li key={index} class={result ? 'good' : 'bad'}>
          <span class="sign" aria-hidden="true">
            {result ? '✓' : '✕'}
          </span>
          <div>
            <span class="condition">{describeCondition(condition)}</span>
            <span class="verdict">{result ? 'holds' : 'does not hold'}</span>
            {values.map(({ path, value, absent }) => (
              <span key={path} class="found">
                {path}: <code>{absent ? 'not in this CDR' : JSON.stringify(value)}</code>
              </span>
            ))}
            {error !== undefined && <span class="found">could not be evaluated: {error}</span>}
          </div>
        </li>
      ))}
    </ul>
  );
}
