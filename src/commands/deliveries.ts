import { print, readOptions, UsageError, type Command } from './command.ts';
import { API_HELP, API_OPTIONS, RouterApi } from './router-api.ts';

const HELP = `hookswitch deliveries redeliver ID... [--json]
hookswitch deliveries cancel ID... [--json]

  redeliver   makes deliveries again and prints the ids of the new ones
  cancel      ends deliveries that wait and prints their ids

It ends at the first that cannot be. Both take --api URL and --config FILE. ${API_HELP}`;

const VERBS: readonly string[] = ['redeliver', 'cancel'];

/** `hookswitch deliveries`. */
export const deliveries: Command = {
  name: 'deliveries',
  summary: 'make deliveries again, or cancel them',
  help: HELP,
  async run(args) {
    const { values, positionals } = readOptions(args, { ...API_OPTIONS, json: { type: 'boolean' } });
    const [verb = '', ...ids] = positionals;
    if (!VERBS.includes(verb)) throw new UsageError('say what to do: redeliver or cancel');
    if (ids.length === 0) throw new UsageError('the id of a delivery is missing');
    const api = new RouterApi(values, process.env);
    for (const id of ids) {
      const path = `/deliveries/${encodeURIComponent(id)}/${verb}`;
      const delivery = (await api.call('POST', path)) as { readonly id: string };
      print(values.json === true ? JSON.stringify(delivery) : delivery.id);
    }
    return 0;
  },
};
