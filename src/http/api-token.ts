/** What an API token may do: `read` looks, `ingest` hands CDRs in, `write` does both and changes too. */
export type Scope = 'read' | 'write' | 'ingest';

/** A token for the API, the page and the metrics. */
export interface ApiToken {
  readonly name: string;
  readonly token: string;
  readonly scopes: readonly Scope[];
}

/** Whether a caller's scopes include one; `write` includes all. */
export function mayDo({ scopes }: { readonly scopes: readonly Scope[] }, needed: Scope): boolean {
  return scopes.includes(needed) || scopes.includes('write');
}
