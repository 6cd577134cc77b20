import type { Accepted, Lease, Outcome } from '../../src/store/records.ts';
import type { Held, HeldCall } from '../../src/store/held-calls.ts';
import { IdempotencyKeyError, type ReplayPage, type Run, type RunTask } from '../../src/store/runs.ts';
import type { Store } from '../../src/store/store.ts';
import { WEBHOOK_IDS, type Command, type Write } from './store-commands.ts';
import { dueCalls, heldCalls } from './store-call-commands.ts';
import type { PlannedTask } from './store-run-commands.ts';
import type { TestClock } from './store-clock.ts';

/** More than a sequence makes of anything. */
const ALL = 10_000;
/** What a run goes through in one step, when it is gone through at one go. */
const STEP = 3;

type Read = Exclude<Command, Write | { readonly verb: 'together' | 'reopen' | 'advance' }>;

/**
 * Plays commands on one store and tells its answers in a form that can be compared with another's: ids, which every
 * store makes up by itself, are replaced by names that count in the order in which the records were made.
 */
export class Player {
  store: Store;
  readonly #clock: TestClock;
  readonly #names = new Map<string, string>();
  readonly #cdrIds: string[] = [];
  readonly #deliveryIds: string[] = [];
  /** Every lease ever granted, whether or not it is still held. */
  readonly #leases: Lease[] = [];
  readonly #runIds: string[] = [];
  /** Every page ever handed out, whether or not it is done. */
  readonly #pages: ReplayPage[] = [];
  readonly #legIds: string[] = [];
  /** Every held call ever handed out, whether or not it is as it was. */
  readonly #calls: HeldCall[] = [];

  constructor(store: Store, clock: TestClock) {
    this.store = store;
    this.#clock = clock;
  }

  /** What the store answers to some calls made at the same time. */
  async writeTogether(writes: readonly Write[]): Promise<unknown> {
    const answers = await Promise.all(writes.map((one) => this.#write(one)));
    for (const [index, { verb }] of writes.entries()) {
      if (verb === 'accept') await this.#meet(answers[index] as Accepted[]);
      if (verb === 'hold') this.#meetLegs(answers[index] as Held[]);
      if (verb === 'release') await this.#meet([(answers[index] as Accepted | undefined) ?? []].flat());
      if (verb === 'lease') this.#leases.push(...(answers[index] as Lease[]));
      if (verb === 'redeliver' || verb === 'replay') await this.#meetMade(answers[index] as Run | undefined);
    }
    return this.#told(answers);
  }

  /** What the store answers to a command that is not a write. */
  async read(command: Read): Promise<unknown> {
    return this.#told(await this.#read(command));
  }

  /** Everything that is counted. */
  async counts(): Promise<unknown> {
    const scopes = [undefined, ...WEBHOOK_IDS];
    return this.#told({
      pending: await this.store.pending(),
      held: await heldCalls(this.store.calls),
      stats: await this.store.stats(['never-hit', ...WEBHOOK_IDS]),
      hours: await Promise.all(scopes.map((webhookId) => this.store.hourly(webhookId, 0))),
    });
  }

  /** Every record. */
  async records(): Promise<unknown> {
    return this.#told({
      cdrs: await Promise.all(this.#cdrIds.map((id) => this.store.cdr(id))),
      deliveries: await Promise.all(this.#deliveryIds.map((id) => this.store.delivery(id))),
      listedCdrs: await this.store.cdrs({ limit: ALL }),
      listedDeliveries: await this.store.deliveries({ limit: ALL }),
      runs: await Promise.all(this.#runIds.map((id) => this.store.runs.find(id))),
      listedRuns: await this.store.runs.list({ limit: ALL }),
    });
  }

  #write(write: Write): Promise<unknown> {
    switch (write.verb) {
      case 'accept':
        return this.store.accept(write.cdrs.map((cdr) => ({ ...cdr, receivedAtMs: this.#clock.nowMs })));
      case 'lease':
        return this.store.lease(new Map(write.rooms));
      case 'renew':
        return this.store.renew(write.picks.flatMap((pick) => this.#leaseAt(pick)));
      case 'settle':
        return this.store.settle(
          write.settlements.flatMap(({ pick, ...rest }) =>
            this.#leaseAt(pick).map((lease) => ({ lease, ...rest })),
          ),
        );
      case 'redeliver':
        return this.store.runs.redeliver(fromEnd(this.#runIds, write.run) ?? 'none', write.limit);
      case 'replay':
        return this.#replay(fromEnd(this.#pages, write.page), write.hits);
      case 'hold':
        return this.store.calls.hold(write.legs.map((leg) => ({ ...leg, receivedAtMs: this.#clock.nowMs })));
      case 'release':
        return this.#release(fromEnd(this.#calls, write.call), write);
      case 'cancelRun':
        return this.store.runs.cancel(fromEnd(this.#runIds, write.run) ?? 'none');
      case 'cancel':
        return this.store.cancel(write.picks.flatMap((pick) => fromEnd(this.#deliveryIds, pick) ?? []));
    }
  }

  #release(
    call: HeldCall | undefined,
    { raw, hits }: Extract<Write, { verb: 'release' }>,
  ): Promise<Accepted | undefined> {
    if (call === undefined) return Promise.resolve(undefined);
    const { source, groupKey: identity } = call;
    const cdr = { source, vendor: 'vodia', receivedAtMs: this.#clock.nowMs, raw, identity, hits, errors: [] };
    return this.store.calls.release(call, cdr);
  }

  #replay(page: ReplayPage | undefined, hits: readonly (readonly string[])[]): Promise<Run | undefined> {
    if (page === undefined) return Promise.resolve(undefined);
    const byCdr = page.cdrs.map(({ id }, index) => [id, hits[index] ?? []] as const);
    return this.store.runs.replay(page, new Map(byCdr));
  }

  #read(command: Read): Promise<unknown> {
    switch (command.verb) {
      case 'work':
        return this.#work(command.outcomes);
      case 'due':
        return this.store.due(command.after, command.limit);
      case 'purge':
        return this.store.purge(this.#clock.nowMs - command.ageMs);
      case 'cdrs':
        return this.store.cdrs({ ...command.filter, beforeId: fromEnd(this.#cdrIds, command.before) });
      case 'deliveries':
        return this.store.deliveries({
          ...command.filter,
          sinceMs: this.#ago(command.sinceAgeMs),
          untilMs: this.#ago(command.untilAgeMs),
          beforeId: fromEnd(this.#deliveryIds, command.before),
          cdrId: fromEnd(this.#cdrIds, command.ofCdr),
          runId: fromEnd(this.#runIds, command.ofRun),
        });
      case 'plan':
        return this.store.runs.plan(this.#task(command.task));
      case 'start':
        return this.#start(this.#task(command.task), command.key);
      case 'carryOut':
        return this.#carryOut(this.#task(command.task), command.hits);
      case 'replayPage':
        return this.#replayPage(fromEnd(this.#runIds, command.run), command.limit);
      case 'runs': {
        const { state, before, limit } = command;
        return this.store.runs.list({ state, beforeId: fromEnd(this.#runIds, before), limit });
      }
      case 'dueCalls':
        return this.#dueCalls();
      case 'cancelPending':
        return this.store.cancelPending(command.webhookId);
    }
  }

  async #dueCalls(): Promise<HeldCall[]> {
    const calls = await dueCalls(this.store.calls);
    this.#calls.push(...calls);
    return calls;
  }

  #ago(ageMs: number | undefined): number | undefined {
    return ageMs === undefined ? undefined : this.#clock.nowMs - ageMs;
  }

  #task({ kind, only, webhookId, ...planned }: PlannedTask): RunTask {
    const times = { sinceMs: this.#ago(planned.sinceAgeMs), untilMs: this.#ago(planned.untilAgeMs) };
    const { states, source, again } = planned;
    if (kind === 'redeliver') {
      const deliveryId = fromEnd(this.#deliveryIds, only);
      return { kind, selection: { deliveryId, webhookId, states, ...times } };
    }
    return { kind, selection: { cdrId: fromEnd(this.#cdrIds, only), source, again, webhookId, ...times } };
  }

  async #start(task: RunTask, key: string | undefined): Promise<unknown> {
    try {
      const run = await this.store.runs.start(task, key);
      if (!this.#runIds.includes(run.id)) this.#name(this.#runIds, run.id, 'run');
      return run;
    } catch (error) {
      if (error instanceof IdempotencyKeyError) return error.name;
      throw error;
    }
  }

  /** Gives the run as it is after each step. */
  async #carryOut(task: RunTask, hits: readonly (readonly string[])[]): Promise<Run[]> {
    const runs = [await this.store.runs.start(task)];
    for (let run = runs[0]; run?.state === 'running'; run = runs.at(-1)) {
      if (runs.length === 1) this.#name(this.#runIds, run.id, 'run');
      const { id, kind } = run;
      const next =
        kind === 'replay'
          ? await this.#replay(await this.#replayPage(id, STEP), hits)
          : await this.store.runs.redeliver(id, STEP);
      if (next === undefined) throw new Error('a run that is running was not found');
      runs.push(next);
      await this.#meetMade(next);
    }
    return runs;
  }

  async #replayPage(id: string | undefined, limit: number): Promise<ReplayPage | undefined> {
    const page = await this.store.runs.replayPage(id ?? 'none', limit);
    if (page !== undefined) this.#pages.push(page);
    return page;
  }

  async #work(outcomes: readonly Outcome[]): Promise<Lease[]> {
    const leases = await this.store.lease(new Map(WEBHOOK_IDS.map((id) => [id, ALL])));
    this.#leases.push(...leases);
    await this.store.settle(
      leases.flatMap((lease, index) => {
        const outcome = outcomes[index % outcomes.length];
        return outcome === undefined ? [] : [{ lease, attempts: [], outcome }];
      }),
    );
    return leases;
  }

  #leaseAt(pick: number): Lease[] {
    const lease = fromEnd(this.#leases, pick);
    return lease === undefined ? [] : [lease];
  }

  /** Names the records that were made. */
  async #meet(accepted: readonly Accepted[]): Promise<void> {
    for (const { id, duplicate, leases } of accepted) {
      this.#leases.push(...leases);
      if (duplicate) continue;
      this.#name(this.#cdrIds, id, 'cdr');
      const made = await this.store.deliveries({ cdrId: id, limit: ALL });
      for (const delivery of made.toReversed()) this.#name(this.#deliveryIds, delivery.id, 'delivery');
    }
  }

  #meetLegs(held: readonly Held[]): void {
    for (const { id, duplicate } of held) if (!duplicate) this.#name(this.#legIds, id, 'leg');
  }

  /** Names the deliveries that a run has made. */
  async #meetMade(run: Run | undefined): Promise<void> {
    if (run === undefined) return;
    const made = await this.store.deliveries({ runId: run.id, limit: ALL });
    const unknown = made.toReversed().filter(({ id }) => !this.#names.has(id));
    for (const { id } of unknown) this.#name(this.#deliveryIds, id, 'delivery');
  }

  #name(ids: string[], id: string, kind: string): void {
    ids.push(id);
    this.#names.set(id, `${kind} ${ids.length}`);
  }

  /** An answer with names for ids, without members that are undefined, and lists for maps. */
  #told(answer: unknown): unknown {
    const text = JSON.stringify({ answer }, (_key, value: unknown) => {
      if (value instanceof Map) return [...value].sort();
      return typeof value === 'string' ? (this.#names.get(value) ?? value) : value;
    });
    return JSON.parse(text);
  }
}

/** The item at a place counted from the end, round and round. */
function fromEnd<Item>(items: readonly Item[], place: number | undefined): Item | undefined {
  return place === undefined || items.length === 0 ? undefined : items.at(-1 - (place % items.length));
}
