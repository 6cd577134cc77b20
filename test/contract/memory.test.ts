import { MemoryStore } from '../../src/store/memory-store.ts';
import { describeStore } from './store-contract.ts';

describeStore('the memory store', {
  isDurable: false,
  open: (_place, settings, clock) => new MemoryStore(settings, clock),
});
