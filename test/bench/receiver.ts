import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { ask } from './channel.ts';
import { within } from './clock.ts';
import type { Expected } from './receiver-process.ts';
import { freePort, type Workbench } from './workbench.ts';

const SCRIPT = join(import.meta.dirname, 'receiver-process.ts');

/** The target of all deliveries, in a process of its own. */
export class Receiver {
  readonly url: string;
  readonly #child: ChildProcess;

  private constructor(url: string, child: ChildProcess) {
    this.url = url;
    this.#child = child;
  }

  static async start(workbench: Workbench): Promise<Receiver> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/hooks/cdr`;
    return new Receiver(url, await workbench.start({ script: SCRIPT, args: [String(port)], url }));
  }

  /** Begins to wait for CDRs with the next serial numbers. */
  async expect(expected: Expected): Promise<void> {
    await ask(this.#child, 'expect', expected);
  }

  /** When the last of them arrived, by `machineMs`. */
  async whenAll(limitMs: number): Promise<number> {
    try {
      return (await within(limitMs, 'the last delivery', ask(this.#child, 'whenAll'))) as number;
    } catch (error) {
      const missing = (await ask(this.#child, 'missing')) as number;
      throw new Error(`${missing} CDRs have not arrived`, { cause: error });
    }
  }

  /** When each of them arrived, by `machineMs`, in the order of the serial numbers. */
  async arrivedMs(): Promise<number[]> {
    return (await ask(this.#child, 'arrivedMs')) as number[];
  }

  /** How many arrived more than once. */
  async repeats(): Promise<number> {
    return (await ask(this.#child, 'repeats')) as number;
  }

  /** The body of the delivery that arrived last. */
  async lastBody(): Promise<string> {
    return (await ask(this.#child, 'lastBody')) as string;
  }
}
