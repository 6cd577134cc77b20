import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';

/** The title of a view, also the browser's, with its buttons beside it. */
export function Heading({
  title,
  children,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  useEffect(() => {
    document.title = `${title} · Hookswitch`;
  }, [title]);
  return (
    <header class="heading">
      <h1>{title}</h1>
      <div class="buttons">{children}</div>
    </header>
  );
}
