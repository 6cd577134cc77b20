import { UsageError } from './command.ts';
import type { RouterApi } from './router-api.ts';

/** The most entries that the API gives at once. */
const MAX_PAGE = 250;

/** How many entries `--limit` asks for. */
export function limitOf({ limit = '50' }: { readonly limit?: string | undefined }): number {
  if (/^[1-9]\d{0,5}$/.test(limit)) return Number(limit);
  throw new UsageError('--limit must be a number from 1 to 999999');
}

/**
 * Goes through as many pages of a list as it takes.
 *
 * @param filter the query; a parameter without a value is left out.
 * @param wanted how many entries, at most.
 */
export async function readPages<Item>(
  api: RouterApi,
  path: string,
  filter: Readonly<Record<string, string | undefined>>,
  wanted: number,
): Promise<Item[]> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value);
  const found: Item[] = [];
  for (;;) {
    query.set('limit', String(Math.min(MAX_PAGE, wanted - found.length)));
    const { data, nextCursor } = (await api.call('GET', `${path}?${query.toString()}`)) as {
      readonly data: readonly Item[];
      readonly nextCursor: string | null;
    };
    found.push(...data);
    if (nextCursor === null || found.length >= wanted) return found;
    query.set('cursor', nextCursor);
  }
}
