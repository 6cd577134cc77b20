import type { IntakeObserver, Outlet, Reservation } from '../../src/intake/acceptance.ts';
import { Intake } from '../../src/intake/intake.ts';
import type { IntakeLimits } from '../../src/intake/intake-limits.ts';
import type { Source } from '../../src/intake/source.ts';
import { loadVendors } from '../../src/package-files.ts';
import { MemoryStore } from '../../src/store/memory-store.ts';
import type { Accepted, Lease, NewCdr } from '../../src/store/records.ts';
import { Registry } from '../../src/webhooks/registry.ts';
import type { Webhook } from '../../src/webhooks/webhook.ts';

/** Counts slots as a relay does, and keeps what it is given. */
export class RecordingOutlet implements Outlet {
  /** Slots there are for each webhook. */
  room = Infinity;
  readonly reserved: string[] = [];
  readonly released: string[] = [];
  readonly taken: Lease[] = [];
  readonly notified: string[] = [];

  /** Slots reserved and neither released nor used. */
  get held(): number {
    return this.reserved.length - this.released.length - this.taken.length;
  }

  reserve(webhookId: string): Reservation | undefined {
    if (this.held >= this.room) return undefined;
    this.reserved.push(webhookId);
    return {
      send: (lease) => void this.taken.push(lease),
      release: () => void this.released.push(webhookId),
    };
  }

  notify(webhookId: string): void {
    this.notified.push(webhookId);
  }
}

/** Keeps what intake tells. */
export class RecordingIntakeObserver implements IntakeObserver {
  readonly told: { readonly cdr: NewCdr; readonly accepted: Accepted }[] = [];
  legsHeld = 0;
  storeFailures = 0;

  received(cdr: NewCdr, accepted: Accepted): void {
    this.told.push({ cdr, accepted });
  }

  held(): void {
    this.legsHeld += 1;
  }

  storeFailed(): void {
    this.storeFailures += 1;
  }
}

const vendors = loadVendors();

/** An intake over a memory store, with a relay that only takes notes. */
export class IntakeBench {
  readonly store = new MemoryStore({ dedupeWindowMs: 86_400_000, leaseMs: 30_000 });
  readonly registry = new Registry();
  readonly outlet = new RecordingOutlet();
  readonly observer = new RecordingIntakeObserver();
  readonly intake: Intake;
  /** Epoch milliseconds; a test moves it. */
  nowMs = Date.parse('2026-11-21T12:00:00Z');

  constructor(webhooks: readonly Webhook[] = [], limits?: IntakeLimits) {
    this.registry.replace(webhooks);
    const { store, registry, outlet, observer } = this;
    const clock = (): number => this.nowMs;
    this.intake = new Intake({ vendors, registry, store, outlet, observer, clock, limits });
  }

  /** Hands a text in by a source, of this vendor or of whichever each record says. */
  async receive(text: string, vendor?: string): Promise<{ ids: readonly string[]; answer: unknown }> {
    const source: Source = {
      name: vendor ?? 'default',
      vendor: vendor === undefined ? undefined : vendors.get(vendor),
    };
    const { ids, answer } = await this.intake.receive(source, Buffer.from(text), '');
    return { ids, answer: answer?.body };
  }
}

/** So many small CDRs as one JSON array, all of them different. */
export function batchOf(count: number): string {
  return JSON.stringify(Array.from({ length: count }, (_, number) => ({ number })));
}
