import { describe } from 'vitest';
import { describeAccept } from './accept-contract.ts';
import { describeCalls } from './calls-contract.ts';
import { describeCancel } from './cancel-contract.ts';
import { describeDedupe } from './dedupe-contract.ts';
import { describeDue } from './due-contract.ts';
import { describeDurability } from './durability-contract.ts';
import { describeFind } from './find-contract.ts';
import { describeLease } from './lease-contract.ts';
import { describePurge } from './purge-contract.ts';
import { describeRaw } from './raw-contract.ts';
import { describeRedeliver } from './redeliver-contract.ts';
import { describeReplay } from './replay-contract.ts';
import { describeRuns } from './runs-contract.ts';
import { describeSettle } from './settle-contract.ts';
import { describeStats } from './stats-contract.ts';
import type { StoreHarness } from './world.ts';

/** What `src/store/store.ts` promises, for one kind of store. */
export function describeStore(name: string, harness: StoreHarness): void {
  describe(name, () => {
    describeAccept(harness);
    describeDedupe(harness);
    describeRaw(harness);
    describeDue(harness);
    describeLease(harness);
    describeSettle(harness);
    describeFind(harness);
    describeStats(harness);
    describePurge(harness);
    describeCancel(harness);
    describeRuns(harness);
    describeRedeliver(harness);
    describeReplay(harness);
    describeCalls(harness);
    describeDurability(harness);
  });
}
