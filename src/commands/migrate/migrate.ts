import { shownStore } from '../../config-store.ts';
import { copyStore, type Compared } from '../../store/copy/copy.ts';
import { openSource, openTarget } from '../../store/open-copy.ts';
import { print, readOptions, tell, UsageError, type Command } from '../command.ts';
import { copyRules } from './copy-rules.ts';
import { leftBehind } from './left-behind.ts';
import { isSamePlace, placeOf, type Place } from './place.ts';

const HELP = `hookswitch migrate --from PLACE --to PLACE [--rules FILE] [--json]

Copies everything that a router keeps from one store to another, between SQLite and PostgreSQL in either direction:
CDRs, deliveries with their attempts, counters, runs, legs that wait, and the webhooks. Ids stay as they are. What waits is
delivered by the routers of the new store. The old store is left as it is; do not start a router on it again, or what waits
there is delivered a second time.

PLACE is one of
  a data directory, such as data
  a database URL, such as postgres://user:password@host/database?schema=hookswitch
  a configuration file, which is read without HOOKSWITCH_STORE and HOOKSWITCH_DATA

Stop all routers of both stores before; as long as this runs, none starts there. The new store must be empty. Webhooks that
are there already must be the same. It is all or nothing: after a failure, or when it was broken off, run it again.

--rules is the rules file that belongs to a data directory, else HOOKSWITCH_RULES is; a configuration file names its own.
What both sides hold is compared before anything is kept, and printed; --json prints it for machines.

What routers keep beside the store stays where it is, and is named at the end: which files were read, SFTP host keys and
uploads, captured requests, recordings.`;

const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  rules: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** `hookswitch migrate`. */
export const migrate: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = readOptions(args, OPTIONS);
    if (positionals.length > 0) throw new UsageError(`"${positionals.join(' ')}" is too much`);
    if (values.from === undefined || values.to === undefined) throw new UsageError('say --from and --to');
    const from = placeOf(values.from, values.rules, process.env);
    const to = placeOf(values.to, values.rules, process.env);
    if (isSamePlace(from, to)) throw new UsageError(`${shownStore(from)} is both sides`);
    const compared = await move(from, to);
    if (values.json === true) print(JSON.stringify(compared, null, 2));
    else printTable(compared);
    for (const line of leftBehind(from.dataDirectory)) tell(line);
    return 0;
  },
};

/** Webhooks go first: they are few, and there is no harm in them without the rest. */
async function move(from: Place, to: Place): Promise<readonly Compared[]> {
  tell(`from ${shownStore(from)}\nto   ${shownStore(to)}`);
  const source = await openSource(from);
  try {
    const target = await openTarget(to);
    try {
      const webhooks = await copyRules(from, to);
      tell(`${webhooks} webhooks`);
      const compared = await copyStore(source, target, ({ name }, rows) => {
        tell(`${rows} rows of ${name}`);
      });
      return [{ name: 'webhooks', from: webhooks, to: webhooks }, ...compared];
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

function printTable(compared: readonly Compared[]): void {
  const rows = [
    ['', 'from', 'to'],
    ...compared.map(({ name, from, to }) => [name, String(from), String(to)]),
  ];
  const [first = 0, second = 0, third = 0] = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  for (const [name = '', from = '', to = ''] of rows) {
    print(`${name.padEnd(first)}  ${from.padStart(second)}  ${to.padStart(third)}`);
  }
}
