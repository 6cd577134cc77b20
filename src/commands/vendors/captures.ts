import { print, tell, UsageError } from '../command.ts';
import { RouterApi } from '../router-api.ts';

/** Where the router is. */
export interface CaptureOptions {
  readonly api?: string | undefined;
  readonly config?: string | undefined;
}

interface ListedCapture {
  readonly id: string;
  readonly receivedAt: string;
  readonly statusCode: number;
  readonly bytes: number;
}

/**
 * `hookswitch vendors capture`: lists the captures of a source, or prints one byte for byte.
 *
 * @returns the exit code; 1 when nothing is captured.
 */
export async function showCaptures(args: readonly string[], options: CaptureOptions): Promise<number> {
  const [source, asked, ...others] = args;
  if (source === undefined) throw new UsageError('the name of the source is missing');
  if (others.length > 0) throw new UsageError('one capture at a time');
  const api = new RouterApi(options, process.env);
  const path = `/sources/${encodeURIComponent(source)}/captures`;
  const { data } = (await api.call('GET', path)) as { readonly data: readonly ListedCapture[] };
  const [latest] = data;
  if (latest === undefined) {
    tell(
      `nothing is captured of "${source}"; set "capture": 5 on it in the configuration, restart, and make a call`,
    );
    return 1;
  }
  if (asked === undefined) {
    for (const { id, receivedAt, statusCode, bytes } of data) {
      print(`${id}  ${receivedAt}  answered ${statusCode}  ${bytes} bytes`);
    }
    return 0;
  }
  const id = asked === 'latest' ? latest.id : asked;
  process.stdout.write(await api.bytes(`${path}/${encodeURIComponent(id)}`));
  return 0;
}
