import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Page } from '../api/types.ts';
import { useData, type Loaded } from './use-data.ts';

/** A list that is read page by page. */
export interface Pages<Item> extends Loaded<Page<Item>> {
  readonly number: number;
  readonly previous: (() => void) | undefined;
  readonly next: (() => void) | undefined;
}

/** Reads a list page by page, from the first again whenever `key`, which stands for its filters, changes. */
export function usePages<Item>(
  key: string,
  load: (cursor: string | undefined) => Promise<Page<Item>>,
): Pages<Item> {
  const [place, setPlace] = useState<{ key: string; cursors: readonly string[] }>({ key, cursors: [] });
  const cursors = place.key === key ? place.cursors : [];
  const cursor = cursors.at(-1);
  const loaded = useData(`${key} ${cursor ?? ''}`, () => load(cursor));
  const after = loaded.data?.nextCursor ?? undefined;
  return {
    ...loaded,
    number: cursors.length + 1,
    previous:
      cursors.length === 0
        ? undefined
        : () => {
            setPlace({ key, cursors: cursors.slice(0, -1) });
          },
    next:
      after === undefined
        ? undefined
        : () => {
            setPlace({ key, cursors: [...cursors, after] });
          },
  };
}

/** Buttons to the pages before and after; nothing when there is one page only. */
export function Pager({ pages }: { readonly pages: Pages<unknown> }): JSX.Element | null {
  const { previous, next, number } = pages;
  if (previous === undefined && next === undefined) return null;
  return (
    <nav class="pager" aria-label="Pages">
      <button type="button" disabled={previous === undefined} onClick={previous}>
        Previous
      </button>
      <span>Page {number}</span>
      <button type="button" disabled={next === undefined} onClick={next}>
        Next
      </button>
    </nav>
  );
}
