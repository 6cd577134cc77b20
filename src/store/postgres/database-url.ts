/** Where a PostgreSQL store keeps its tables. */
export interface DatabaseUrl {
  /** For the driver. */
  readonly connectionString: string;
  readonly schema: string;
}

const DEFAULT_SCHEMA = 'hookswitch';
const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,62}$/;

/**
 * Reads a database URL such as `postgres://user:password@host/database?schema=hookswitch`. All other parameters are the
 * driver's (`sslmode` and the like).
 *
 * @throws Error when it cannot be used; its message does not repeat the URL, which holds a password.
 */
export function readDatabaseUrl(url: string): DatabaseUrl {
  const parsed = URL.parse(url);
  if (parsed === null || !/^postgres(?:ql)?:$/.test(parsed.protocol)) {
    throw new Error('is not a database URL; write it as postgres://user:password@host:5432/database');
  }
  const schema = parsed.searchParams.get('schema') ?? DEFAULT_SCHEMA;
  if (!SCHEMA_NAME.test(schema)) {
    throw new Error(
      'names a schema that cannot be used; write small letters, digits and _ as in ?schema=hookswitch',
    );
  }
  parsed.searchParams.delete('schema');
  return { connectionString: parsed.href, schema };
}

/** A database URL for people: without user, password and parameters but the schema. */
export function shownDatabaseUrl(url: string): string {
  const { schema } = readDatabaseUrl(url);
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}?schema=${schema}`;
}
