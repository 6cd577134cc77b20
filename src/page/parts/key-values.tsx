import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { isSameJson } from '../conditions/equal.ts';

type Pair = readonly [name: string, value: string];

/** What pairs say: an object, or why they are none. */
export type KeyValuesRead =
  { readonly value: Readonly<Record<string, string>> | undefined } | { readonly error: string };

/** Reads pairs; those without a name and value are passed over. */
export function readPairs(pairs: readonly Pair[]): KeyValuesRead {
  const given = pairs.filter(([name, value]) => name !== '' || value !== '');
  const names = given.map(([name]) => name.trim());
  if (names.includes('')) return { error: 'a name is missing' };
  const double = names.find((name, index) => names.indexOf(name) !== index);
  if (double !== undefined) return { error: `"${double}" is there twice` };
  return {
    value:
      given.length === 0 ? undefined : Object.fromEntries(given.map(([name, value]) => [name.trim(), value])),
  };
}

/** Names with texts, one pair in a line. */
export function KeyValues({
  what,
  values,
  onChange,
}: {
  /** What a pair is, such as `header`. */
  readonly what: string;
  readonly values: Readonly<Record<string, string>> | undefined;
  readonly onChange: (read: KeyValuesRead) => void;
}): JSX.Element {
  const [pairs, setPairs] = useState<readonly Pair[]>(() => Object.entries(values ?? {}));
  const read = readPairs(pairs);
  useEffect(() => {
    if (!('error' in read) && !isSameJson(read.value ?? {}, values ?? {}))
      setPairs(Object.entries(values ?? {}));
  }, [values]);
  const change = (next: readonly Pair[]): void => {
    setPairs(next);
    onChange(readPairs(next));
  };
  return (
    <>
      {pairs.map(([name, value], index) => (
        <PairEditor
          key={index}
          label={`${what} ${index + 1}`}
          pair={[name, value]}
          onChange={(pair) => {
            change(pairs.map((one, at) => (at === index ? pair : one)));
          }}
          onRemove={() => {
            change(pairs.filter((_, at) => at !== index));
          }}
        />
      ))}
      {'error' in read && (
        <p class="field-error">
          <span aria-hidden="true">✕</span> {read.error}
        </p>
      )}
      <button
        type="button"
        onClick={() => {
          setPairs([...pairs, ['', '']]);
        }}
      >
        Add {what}
      </button>
    </>
  );
}

function PairEditor({
  label,
  pair: [name, value],
  onChange,
  onRemove,
}: {
  readonly label: string;
  readonly pair: Pair;
  readonly onChange: (pair: Pair) => void;
  readonly onRemove: () => void;
}): JSX.Element {
  return (
    <div class="pair">
      <input
        aria-label={`Name of ${label}`}
        placeholder="Name"
        spellcheck={false}
        value={name}
        onInput={(event) => {
          onChange([event.currentTarget.value, value]);
        }}
      />
      <input
        aria-label={`Value of ${label}`}
        placeholder="Value"
        spellcheck={false}
        value={value}
        onInput={(event) => {
          onChange([name, event.currentTarget.value]);
        }}
      />
      <button type="button" class="small quiet" aria-label={`Remove ${label}`} onClick={onRemove}>
        Remove
      </button>
    </div>
  );
}
