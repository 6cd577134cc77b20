import type { ComponentChildren, JSX } from 'preact';
import { Select, type Choice } from './select.tsx';

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

/** One of several to keep a list to. */
export function ChoiceField({
  label,
  ...select
}: {
  readonly label: string;
  readonly value: string;
  readonly choices: readonly Choice[];
  readonly onChoose: (value: string) => void;
}): JSX.Element {
  return (
    <label>
      {label} <Select {...select} />
    </label>
  );
}
