import type { ComponentChildren, JSX } from 'preact';
import type { Delivery } from '../api/types.ts';

/** How good or bad a state is. */
export type Tone = 'good' | 'bad' | 'busy' | 'quiet' | 'warn';

const SIGNS: Readonly<Record<Tone, string>> = { good: '✓', bad: '✕', busy: '…', quiet: '–', warn: '!' };

/** A state in a word, with a sign beside its colour. */
export function Pill({
  tone,
  title,
  children,
}: {
  readonly tone: Tone;
  readonly title?: string | undefined;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <span class={`pill ${tone}`} title={title}>
      <span aria-hidden="true">{SIGNS[tone]}</span> {children}
    </span>
  );
}

const DELIVERY_TONES: Readonly<Record<Delivery['state'], Tone>> = {
  pending: 'busy',
  delivering: 'busy',
  delivered: 'good',
  failed: 'bad',
  cancelled: 'quiet',
};

/** Where a delivery stands. */
export function StatePill({ state }: { readonly state: Delivery['state'] }): JSX.Element {
  return <Pill tone={DELIVERY_TONES[state]}>{state}</Pill>;
}
