import { loadVendors } from '../../package-files.ts';
import { print, readOptions, UsageError, type Command } from '../command.ts';
import { API_HELP, API_OPTIONS } from '../router-api.ts';
import { showCaptures } from './captures.ts';
import { newVendor } from './new-vendor.ts';
import { testVendors } from './test-vendors.ts';

const HELP = `hookswitch vendors [list] [--json]
hookswitch vendors test FILE... [--vendor NAME] [--zone ZONE] [--query] [--json]
hookswitch vendors new NAME --from FILE... [--split PATH] [--query] [--folder FOLDER]
hookswitch vendors capture SOURCE [ID | latest]

  list      lists the vendors
  test      reads files as if they came in over the network and tells of each CDR which vendor it is of, how it
            departs from that vendor's shape, its fields, its $call fields, and how often each line of the mapping
            gave a value: a line that never does is probably misspelt. Without --vendor each record tells it.
            --zone is the zone of times that are written without one. Exits with 0 when every CDR is known and
            has its vendor's shape, with 1 otherwise.
  new       drafts the folder of a vendor from requests: a profile with a mapping that is guessed by names and
            values, a schema of the records and the requests as samples, and tells what it could not map.
            --split is the path of the CDRs where they stand in a list inside. --folder is where vendors are,
            by default those of this package.
  capture   lists the requests that a running router has captured of a source (its setting "capture"), or prints
            one as it came.

FILE is a capture, a body, or with --query a query string.
capture takes --api URL and --config FILE. ${API_HELP}`;

/** `hookswitch vendors`. */
export const vendors: Command = {
  help: HELP,
  async run(args) {
    const { values, positionals } = readOptions(args, {
      ...API_OPTIONS,
      vendor: { type: 'string' },
      zone: { type: 'string' },
      query: { type: 'boolean' },
      json: { type: 'boolean' },
      from: { type: 'string', multiple: true },
      split: { type: 'string' },
      folder: { type: 'string' },
    });
    const [action = 'list', ...others] = positionals;
    switch (action) {
      case 'list':
        return list(values.json === true);
      case 'test':
        return testVendors(others, values);
      case 'new':
        return newVendor(others, values);
      case 'capture':
        return showCaptures(others, values);
      default:
        throw new UsageError(`there is no "vendors ${action}"`);
    }
  },
};

function list(asJson: boolean): number {
  const known = loadVendors();
  const profiles = known.names.flatMap((name) => known.get(name)?.profile ?? []);
  if (asJson) print(JSON.stringify(profiles, null, 2));
  else
    for (const { vendor, title, basis } of profiles)
      print(`${vendor.padEnd(16)} ${basis.padEnd(10)} ${title}`);
  return 0;
}
