import type { ComponentChildren, JSX } from 'preact';

/** What a list is kept to. Each field takes effect by itself, so there is nothing to send. */
export function FilterForm({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return (
    <form
      class="filters"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      {children}
    </form>
  );
}

/** Something that can be chosen, and its name for the reader. */
export interface Choice {
  readonly value: string;
  readonly label: string;
}

/** One of several to choose. */
export function ChoiceField({
  label,
  value,
  choices,
  onChoose,
}: {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChoose: (value: string) => void;
}): JSX.Element {
  return (
    <label>
      {label}{' '}
      <select
        value={value}
        onChange={(event) => {
          onChoose(event.currentTarget.value);
        }}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </label>
  );
}
