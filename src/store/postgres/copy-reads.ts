import { rowsOf, type Part } from '../copy/parts.ts';
import { integer, text, type Row } from '../sql/columns.ts';
import { VIEWS } from './copy-views.ts';
import { SQL_TYPES } from './copy-writes.ts';
import type { Session } from './session.ts';

/** What makes a page full, in rows and in bytes of CDR. */
const PAGE_ROWS = 500;
const PAGE_BYTES = 4_000_000;

/**
 * The rows of a part behind one of them, in the order of the key. The sizes of texts are known without reading them, so a
 * page is not read before it is known to fit.
 */
export function readPage(session: Session, part: Part, after: Row | undefined): Promise<Row[]> {
  const key = part.key.join(', ');
  const parameters = part.key.map(
    (name, index) => `$${index + 1}::${SQL_TYPES[part.columns[name] ?? 'text']}`,
  );
  const size = 'raw' in part.columns ? 'coalesce(octet_length(raw), 0)' : '0';
  return session.rows(
    `SELECT ${Object.keys(part.columns).join(', ')} FROM (
       SELECT *, sum(size) OVER (ORDER BY ${key}) - size AS before FROM (
         SELECT *, ${size} AS size FROM (${rowsOf(part, VIEWS)}) part
         WHERE (${key}) > (${parameters.join(', ')}) ORDER BY ${key} LIMIT ${PAGE_ROWS}) page) sized
     WHERE before < ${PAGE_BYTES} ORDER BY ${key}`,
    ...part.key.map((name) => {
      if (part.columns[name] === 'integer') return after === undefined ? -1 : integer(after[name]);
      return after === undefined ? '' : text(after[name]);
    }),
  );
}
