import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { describeStore } from './store-contract.ts';

describeStore('the SQLite store', {
  isDurable: true,
  open: (place, settings, clock) => new SqliteStore(join(tmpdir(), place), settings, clock),
  remove: (place) => {
    rmSync(join(tmpdir(), place), { recursive: true });
  },
});
