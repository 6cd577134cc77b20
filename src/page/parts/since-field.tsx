import type { JSX } from 'preact';
import { ChoiceField } from './filter-form.tsx';

const HOUR_MS = 3_600_000;

/** Spans that a list can be kept to, by their names in the address. */
const SPANS: Readonly<Record<string, { label: string; ms: number }>> = {
  '1h': { label: 'the last hour', ms: HOUR_MS },
  '24h': { label: 'the last 24 hours', ms: 24 * HOUR_MS },
  '7d': { label: 'the last 7 days', ms: 168 * HOUR_MS },
};

/** When a span begins, as RFC 3339; `undefined` for all times. */
export function sinceOf(span: string, nowMs = Date.now()): string | undefined {
  const found = Object.hasOwn(SPANS, span) ? SPANS[span] : undefined;
  // To the minute, so that the pages of a list are of one question.
  return found === undefined
    ? undefined
    : new Date(Math.floor((nowMs - found.ms) / 60_000) * 60_000).toISOString();
}

const CHOICES = [
  { value: '', label: 'any' },
  ...Object.entries(SPANS).map(([value, { label }]) => ({ value, label })),
];

/** Chooses a span. */
export function SinceField({
  value,
  onChange,
}: {
  readonly value: string;
  readonly onChange: (span: string) => void;
}): JSX.Element {
  return <ChoiceField label="Time" value={value} choices={CHOICES} onChoose={onChange} />;
}
