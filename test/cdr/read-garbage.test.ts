import { getHeapSpaceStatistics } from 'node:v8';
import { expect, test } from 'vitest';
import { readCdrs } from '../../src/cdr/read.ts';
import { loadVendors } from '../../src/package-files.ts';

const REQUESTS = 5_000;
const CHARACTERS = 4_000;

/** What V8 has in its old space, where only a major collection looks: objects get there that outlive two minor ones. */
function oldSpaceBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')?.space_used_size ?? 0;
}

// An earlier version made a generator function for each request. V8 keeps the hidden class of such a function in its old
// space, and with it the request: all of them stayed until the next major collection.
test('what has been read is garbage that a minor collection takes', () => {
  const source = { name: 'pbx' };
  const vendors = loadVendors();
  const read = (serial: number): number => {
    const body = Buffer.from(JSON.stringify({ serial, note: `${serial} `.padEnd(CHARACTERS, 'x') }));
    return readCdrs({ body, query: '' }, source, vendors).length;
  };
  for (let serial = 0; serial < 500; serial += 1) read(serial);
  const before = oldSpaceBytes();
  let cdrs = 0;
  for (let serial = 0; serial < REQUESTS; serial += 1) cdrs += read(serial);
  expect(cdrs).toBe(REQUESTS);
  // What the collector itself moves there is a tenth of this.
  expect(oldSpaceBytes() - before).toBeLessThan((REQUESTS * CHARACTERS) / 2);
});
