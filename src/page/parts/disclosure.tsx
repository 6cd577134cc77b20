import type { ComponentChildren, JSX } from 'preact';
import { useState } from 'preact/hooks';

/** What `Disclosure` is given. */
interface DisclosureProps {
  readonly title: string;
  /** Made when it is opened, so that what is not looked at is not asked for. */
  readonly children: () => ComponentChildren;
}

/** A card of which only the title is seen until it is opened. */
export function Disclosure({ title, children }: DisclosureProps): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      class="card"
      onToggle={(event) => {
        setOpen(event.currentTarget.open);
      }}
    >
      <summary>
        <h2>{title}</h2>
      </summary>
      {isOpen && children()}
    </details>
  );
}
