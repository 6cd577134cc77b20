/** What the page shows, as its address after `#` says it: `#/deliveries/dlv_1?state=failed`. */
export interface Route {
  /** The first part, such as `deliveries`; empty for the overview. */
  readonly view: string;
  /** The second part, decoded. */
  readonly id: string | undefined;
  readonly query: Readonly<Record<string, string>>;
}

/** Reads an address. What cannot be decoded is taken as it is. */
export function parseRoute(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#?\/?/, '').split(/\?(.*)/s);
  const [view = '', id] = path.split(/\/(.*)/s);
  return {
    view: decode(view),
    id: id === undefined || id === '' ? undefined : decode(id),
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

/** The address of a view; parameters that are empty are left out. */
export function hrefOf(
  view: string,
  id?: string,
  query: Readonly<Record<string, string | undefined>> = {},
): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined || value === '' ? [] : [[name, value]],
  );
  const search = given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
  return `#/${view}${id === undefined ? '' : `/${encodeURIComponent(id)}`}${search}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
