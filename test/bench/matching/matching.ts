import { setFlagsFromString } from 'node:v8';
import { parseArgs } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describeMachine } from '../machine.ts';
import { measure, type Extent, type Measured } from './measure.ts';
import { MIXES } from './mixes.ts';

const HELP = `npm run bench:match -- [--quick] [--mix A|C|D|F|S] [--webhooks N,N,…]

  --quick         less of everything, to see that it works
  --mix NAME      one mix; all when left out
  --webhooks LIST how many webhooks; 100,1000,10000,100000 when left out
`;

const FULL: Extent = {
  warmUpCdrs: 2_000,
  warmUpMs: 2_000,
  cdrs: 1_000,
  edits: 3_000,
  loopCdrs: 200,
  loopMs: 8_000,
};
const QUICK: Extent = { warmUpCdrs: 100, warmUpMs: 0, cdrs: 100, edits: 100, loopCdrs: 5, loopMs: 2_000 };

/** What every line of the table shows. */
const COLUMNS: readonly (readonly [title: string, of: (measured: Measured) => string])[] = [
  ['mix', ({ mix }) => mix],
  ['webhooks', ({ webhooks }) => webhooks.toLocaleString('en')],
  ['hits', ({ hits }) => hits.toFixed(1)],
  ['index p50', ({ p50 }) => p50.toFixed(1)],
  ['p99', ({ p99 }) => p99.toFixed(0)],
  ['cpu', ({ cpu }) => cpu.toFixed(1)],
  ['loop p50', ({ loopP50 }) => loopP50.toFixed(0)],
  ['p99', ({ loopP99 }) => loopP99.toFixed(0)],
  ['times', ({ ratio }) => ratio.toFixed(0)],
  ['load ms', ({ loadMs }) => loadMs.toFixed(0)],
  ['bytes', ({ heapBytes }) => heapBytes.toFixed(0)],
  ['edit p50', ({ editP50 }) => editP50.toFixed(0)],
  ['p99', ({ editP99 }) => editP99.toFixed(0)],
  ['different', ({ different }) => String(different)],
];

const { values } = parseArgs({
  options: {
    help: { type: 'boolean' },
    quick: { type: 'boolean' },
    mix: { type: 'string' },
    webhooks: { type: 'string', default: '100,1000,10000,100000' },
  },
});
if (values.help === true) {
  process.stdout.write(HELP);
} else {
  const { node, platform, processors, loadBefore } = describeMachine('.');
  print(`Node ${node}, ${platform}, ${processors}, load before ${loadBefore.toFixed(2)}`);
  for (const { name, title } of MIXES) print(`  ${name}  ${title}`);
  print('Microseconds per CDR and per edit; bytes of heap per webhook beside its own JSON.');
  run();
}

function run(): void {
  // Heap can only be told after a collection; this is how one is asked for without a flag on the command line.
  setFlagsFromString('--expose-gc');
  globalThis.gc = runInNewContext('gc') as NodeJS.GCFunction;
  print(COLUMNS.map(([title]) => title.padStart(9)).join(' '));
  let different = 0;
  for (const mix of MIXES.filter(({ name }) => values.mix === undefined || values.mix === name)) {
    for (const webhooks of values.webhooks.split(',').map(Number)) {
      const measured = measure(mix, webhooks, values.quick === true ? QUICK : FULL);
      different += measured.different;
      print(COLUMNS.map(([, of]) => of(measured).padStart(9)).join(' '));
    }
  }
  if (different === 0) return;
  print(`${different} CDRs had other hits by the index than by json-logic-js.`);
  process.exitCode = 1;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
