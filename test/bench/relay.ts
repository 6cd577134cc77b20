import { BARE_PROMISE, BARE_STREAM, HOOKSWITCH_INFO, HOOKSWITCH_WARN } from './candidates.ts';
import { describeMachine } from './machine.ts';
import { measureCpu } from './measure-cpu.ts';
import { measureLatency } from './measure-latency.ts';
import { measureMemory } from './measure-memory.ts';
import { HELP, planOf, type Plan } from './plan.ts';
import { Receiver } from './receiver.ts';
import { reportOf, type Results } from './report.ts';
import { Workbench } from './workbench.ts';

/** However it goes wrong, the benchmark ends: a full run on a slow machine takes a fraction of this. */
const LIMIT_MS = 1_800_000;

/** Runs the parts of a plan one after the other. */
async function measure(
  workbench: Workbench,
  plan: Plan,
  onProgress: (line: string) => void,
): Promise<Results> {
  const machine = describeMachine(workbench.folder);
  const tools = { workbench, receiver: await Receiver.start(workbench) };
  const wants = new Set(plan.parts);
  const all = [BARE_PROMISE, BARE_STREAM, HOOKSWITCH_INFO, HOOKSWITCH_WARN];
  const cpu = wants.has('cpu') ? await measureCpu(tools, all, plan.cpu, onProgress) : undefined;
  const latency = wants.has('latency')
    ? await measureLatency(tools, [BARE_PROMISE, HOOKSWITCH_INFO], plan.latency, onProgress)
    : undefined;
  const memory = wants.has('memory')
    ? await measureMemory(workbench, HOOKSWITCH_INFO, plan.memory, onProgress)
    : undefined;
  return {
    machine,
    ...(cpu === undefined ? {} : { cpu }),
    ...(latency === undefined ? {} : { latency }),
    ...(memory === undefined ? {} : { memory }),
  };
}

async function run(plan: Plan, workbench: Workbench): Promise<void> {
  try {
    const measuring = measure(workbench, plan, (line) => {
      console.error(line);
    });
    const results = await Promise.race([measuring, workbench.failure]);
    console.log(plan.json ? JSON.stringify(results, undefined, 2) : reportOf(results));
    await workbench.stopAll();
  } catch (error) {
    console.error(error, `\n${workbench.complaints()}`);
    process.exit(1);
  }
}

const plan = planOf(process.argv.slice(2));
if (plan === undefined) {
  console.log(HELP);
} else {
  setTimeout(() => {
    console.error(`the benchmark has not ended within ${LIMIT_MS / 60_000} minutes`);
    process.exit(1);
  }, LIMIT_MS).unref();
  await run(plan, new Workbench(plan));
}
