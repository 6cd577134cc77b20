import { print, readOptions, UsageError, type Command } from './command.ts';
import { limitOf, readPages } from './pages.ts';
import { API_HELP, API_OPTIONS, RouterApi } from './router-api.ts';

const HELP = `hookswitch deliveries list [--webhook ID] [--cdr ID] [--state STATE] [--since TIME] [--until TIME] [--limit N] [--json]
hookswitch deliveries get ID [--json]
hookswitch deliveries redeliver ID... [--json]
hookswitch deliveries cancel ID... [--json]

  list        the newest deliveries of a running router, 50 unless --limit says otherwise
  get         one with every attempt; with --json also the requests and what the target answered
  redeliver   makes deliveries again and prints the ids of the new ones
  cancel      ends deliveries that wait and prints their ids

STATE is pending, delivering, delivered, failed or cancelled, or several with commas between; TIME is such as
2026-11-21T14:03:22Z. redeliver and cancel end at the first that cannot be. All take --api URL and --config FILE.
${API_HELP}`;

const OPTIONS = {
  ...API_OPTIONS,
  webhook: { type: 'string' },
  cdr: { type: 'string' },
  state: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  limit: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Options = ReturnType<typeof readOptions<typeof OPTIONS>>['values'];

/** What this command reads of a delivery. */
interface ShownDelivery {
  readonly id: string;
  readonly webhookId: string;
  readonly cdrId: string;
  readonly state: string;
  readonly createdAt: string;
  readonly attemptCount: number;
  readonly nextAttemptAt: string | null;
}

/** What it reads of one that it gets. */
interface DeliveryWithAttempts extends ShownDelivery {
  readonly attempts: readonly {
    readonly number: number;
    readonly at: string;
    readonly durationMs: number;
    readonly statusCode: number | null;
    readonly error: { readonly message: string } | null;
  }[];
}

/** `hookswitch deliveries`. */
export const deliveries: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = readOptions(args, OPTIONS);
    const [verb, ...ids] = positionals;
    const [id, ...others] = ids;
    if (verb === 'list' && id === undefined) await list(values);
    else if (verb === 'get' && id !== undefined && others.length === 0) await get(id, values);
    else if (verb === 'redeliver' || verb === 'cancel') await change(verb, ids, values);
    else throw new UsageError('say what to do: list, get and one id, or redeliver or cancel and ids');
    return 0;
  },
};

async function list(options: Options): Promise<void> {
  const { webhook: webhookId, cdr: cdrId, state, since, until, json } = options;
  const filter = { webhookId, cdrId, state, since, until };
  const limit = limitOf(options);
  const api = new RouterApi(options, process.env);
  const found = await readPages<ShownDelivery>(api, '/deliveries', filter, limit);
  if (json === true) print(JSON.stringify(found, null, 2));
  else for (const delivery of found) print(lineOf(delivery));
}

async function get(id: string, options: Options): Promise<void> {
  const shown = await new RouterApi(options, process.env).call(
    'GET',
    `/deliveries/${encodeURIComponent(id)}`,
  );
  if (options.json === true) {
    print(JSON.stringify(shown, null, 2));
    return;
  }
  const delivery = shown as DeliveryWithAttempts;
  print(lineOf(delivery));
  for (const { number, at, durationMs, statusCode, error } of delivery.attempts) {
    const came = error?.message ?? `answered ${String(statusCode)}`;
    print(`  ${number}  ${at}  ${Math.round(durationMs)} ms  ${came}`);
  }
}

async function change(verb: 'redeliver' | 'cancel', ids: readonly string[], options: Options): Promise<void> {
  if (ids.length === 0) throw new UsageError('the id of a delivery is missing');
  const api = new RouterApi(options, process.env);
  for (const id of ids) {
    const delivery = (await api.call(
      'POST',
      `/deliveries/${encodeURIComponent(id)}/${verb}`,
    )) as ShownDelivery;
    print(options.json === true ? JSON.stringify(delivery) : delivery.id);
  }
}

function lineOf({ id, createdAt, webhookId, cdrId, state, ...delivery }: ShownDelivery): string {
  const { attemptCount, nextAttemptAt } = delivery;
  const next = nextAttemptAt === null ? '' : `, next at ${nextAttemptAt}`;
  return `${id}  ${createdAt}  ${webhookId}  ${cdrId}  ${state}  attempts ${attemptCount}${next}`;
}
