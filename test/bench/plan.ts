import { parseArgs } from 'node:util';

/** The parts of the benchmark. */
export const PARTS = ['cpu', 'latency', 'memory'] as const;
export type Part = (typeof PARTS)[number];

/** How much is measured. */
export interface Plan {
  readonly parts: readonly Part[];
  readonly json: boolean;
  /** Where the folder for the database is made; the system's folder for temporary files when `undefined`. */
  readonly directory: string | undefined;
  /** Where processor profiles go; none are made when `undefined`. */
  readonly profileDirectory: string | undefined;
  readonly cpu: {
    readonly rounds: number;
    /** CDRs that each new process relays before it is measured. */
    readonly warmUp: number;
    readonly cdrs: number;
  };
  readonly latency: {
    readonly rounds: number;
    readonly warmUp: number;
    readonly perSecond: number;
    readonly seconds: number;
  };
  readonly memory: {
    readonly cdrs: number;
    /** How long after the last CDR was accepted memory is looked at again. */
    readonly laterMs: number;
  };
}

type Sizes = Pick<Plan, 'cpu' | 'latency' | 'memory'>;

const FULL: Sizes = {
  cpu: { rounds: 5, warmUp: 3_000, cdrs: 6_000 },
  latency: { rounds: 2, warmUp: 1_000, perSecond: 200, seconds: 20 },
  memory: { cdrs: 100_000, laterMs: 15_000 },
};

/** Shows that everything works; its figures say little. */
const QUICK: Sizes = {
  cpu: { rounds: 1, warmUp: 200, cdrs: 500 },
  latency: { rounds: 1, warmUp: 100, perSecond: 200, seconds: 2 },
  memory: { cdrs: 2_000, laterMs: 1_000 },
};

export const HELP = `npm run bench -- [--quick] [--only cpu|latency|memory] [--json] [--directory DIR] [--profile DIR]

  --quick          a run of a few seconds that shows that everything works
  --only PART      one part: cpu, latency or memory
  --json           the result as JSON on stdout; progress goes to stderr in any case
  --directory DIR  where the database is written: the disk decides what syncing costs
  --profile DIR    writes a processor profile of each process that is measured; the figures are then too high`;

/**
 * The plan that a command line asks for; `undefined` when it asks for help.
 *
 * @throws Error when it is not understood.
 */
export function planOf(args: readonly string[]): Plan | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      directory: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return undefined;
  const parts = PARTS.filter((part) => values.only === undefined || values.only === part);
  if (parts.length === 0) throw new Error(`--only takes ${PARTS.join(', ')}`);
  const { json, directory, profile: profileDirectory } = values;
  return { parts, json, directory, profileDirectory, ...(values.quick ? QUICK : FULL) };
}
