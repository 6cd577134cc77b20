import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { CDR_BYTES, cdrText } from './cdr.ts';
import { machineMs } from './clock.ts';

/** Connections that are kept open, and the most requests under way at a time. */
export const CONNECTIONS = 32;
/** How long an answer may take. */
const ANSWER_LIMIT_MS = 30_000;

/** When the requests of a steady stream began. */
export interface Departures {
  /** By `machineMs`, in the order of the serial numbers. */
  readonly startedMs: readonly number[];
  /** How far the client fell behind its own timetable at worst: how noisy the machine is. */
  readonly latestMs: number;
}

/** Posts CDRs to one url. Any answer but 200 is an error and ends the benchmark. */
export class LoadClient {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Posts CDRs as fast as they are answered, over all connections.
   *
   * @returns when the first request began, by `machineMs`.
   */
  async sendAll(first: number, count: number): Promise<number> {
    const startedMs = machineMs();
    let next = first;
    const end = first + count;
    const sendMore = async (): Promise<void> => {
      while (next < end) {
        next += 1;
        await this.#post(next - 1);
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, sendMore));
    return startedMs;
  }

  /** Posts CDRs by a timetable, whether or not the earlier ones have been answered. */
  async sendSteadily(first: number, count: number, perSecond: number): Promise<Departures> {
    const beganMs = machineMs();
    const startedMs: number[] = [];
    const answers: Promise<void>[] = [];
    const failures: unknown[] = [];
    let latestMs = 0;
    while (startedMs.length < count && failures.length === 0) {
      const aheadMs = beganMs + (startedMs.length * 1_000) / perSecond - machineMs();
      if (aheadMs > 0) {
        await wait(aheadMs);
        continue;
      }
      latestMs = Math.max(latestMs, -aheadMs);
      const answer = this.#post(first + startedMs.length);
      startedMs.push(machineMs());
      answers.push(answer.catch((error: unknown) => void failures.push(error)));
    }
    await Promise.all(answers);
    if (failures.length > 0) throw failures[0];
    return { startedMs, latestMs };
  }

  /** Closes the connections. */
  close(): void {
    this.#agent.destroy();
  }

  #post(serial: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': CDR_BYTES };
      const options = { method: 'POST', agent: this.#agent, headers, timeout: ANSWER_LIMIT_MS };
      const outgoing = request(this.#url, options, (response) => {
        response.resume();
        response.once('error', reject).once('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`CDR ${serial} was answered ${response.statusCode ?? 0}`));
        });
      });
      outgoing.once('timeout', () => {
        outgoing.destroy(new Error(`CDR ${serial} was not answered within ${ANSWER_LIMIT_MS / 1_000} s`));
      });
      outgoing.once('error', reject).end(cdrText(serial));
    });
  }
}
