import type { JSX } from 'preact';
import { ago, time } from './format.ts';

/** A time as the reader writes it; how long ago stands in its title. Nothing that has happened yet is a dash. */
export function When({ at }: { readonly at: string | null | undefined }): JSX.Element {
  if (at === null || at === undefined) return <span class="faint">–</span>;
  return (
    <time dateTime={at} title={ago(at)}>
      {time(at)}
    </time>
  );
}

/** How long ago something was; its time stands in the title. */
export function Ago({ at }: { readonly at: string | null | undefined }): JSX.Element {
  if (at === null || at === undefined) return <span class="faint">never</span>;
  return (
    <time dateTime={at} title={time(at)}>
      {ago(at)}
    </time>
  );
}
