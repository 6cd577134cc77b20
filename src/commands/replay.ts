import { print, readOptions, UsageError, type Command } from './command.ts';
import { API_HELP, API_OPTIONS, RouterApi } from './router-api.ts';

const HELP = `hookswitch replay CDR_ID [--webhook ID] [--again] [--plan] [--json]
hookswitch replay --since TIME [--until TIME] [--source NAME] [--webhook ID] [--again] [--plan] [--json]

Matches stored CDRs against the rules of today and makes the deliveries that follow; webhooks that were delivered a
CDR before do not get it once more unless --again says so. Prints the id of the run, which goes on in the router.
--plan prints how many CDRs there are and begins nothing. TIME is such as 2026-11-21T14:03:22Z.

--api URL and --config FILE: ${API_HELP}`;

const OPTIONS = {
  ...API_OPTIONS,
  since: { type: 'string' },
  until: { type: 'string' },
  source: { type: 'string' },
  webhook: { type: 'string' },
  again: { type: 'boolean' },
  plan: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

/** `hookswitch replay`. */
export const replay: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = readOptions(args, OPTIONS);
    const [cdrId, ...others] = positionals;
    if (others.length > 0) throw new UsageError('one CDR at a time, or all since a time');
    const { since, until, source, webhook: webhookId, again } = values;
    // What all CDRs would be is not to be had by leaving something out.
    if (cdrId === undefined && since === undefined) throw new UsageError('say which: CDR_ID or --since TIME');
    const task = { kind: 'replay', cdrId, since, until, source, webhookId, again };
    const api = new RouterApi(values, process.env);
    const answer = await api.call('POST', values.plan === true ? '/runs:plan' : '/runs', task);
    const { id, total } = answer as { readonly id?: string; readonly total: number };
    if (values.json === true) print(JSON.stringify(answer, null, 2));
    else print(id === undefined ? String(total) : id);
    return 0;
  },
};
