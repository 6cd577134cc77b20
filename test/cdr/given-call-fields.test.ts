import { expect, test } from 'vitest';
import { Call } from '../../src/cdr/call.ts';
import { CALL_FIELDS } from '../../src/cdr/call-fields.ts';
import { givenCallFields } from '../../src/cdr/given-call-fields.ts';
import { loadVendors } from '../../src/package-files.ts';
import { cdrsOf, samples } from '../support/golden.ts';

const vendors = loadVendors();

test.each(vendors.names)('every field that samples of %s have is one its source can give', (name) => {
  const source = { name, vendor: vendors.get(name) };
  const given = [...(givenCallFields(new Map([[name, source]]), vendors).get(name) ?? [])];
  const calls = samples()
    .filter(({ vendor }) => vendor === name)
    .flatMap(cdrsOf)
    .flatMap(({ call }) => (call instanceof Call ? [call.all()] : []));
  // A call without a direction is never missed, though it may be known not to be.
  const seen = calls.flatMap((call) =>
    Object.keys(call).filter((field) => field !== 'missed' || call.missed),
  );
  expect(given).toEqual(expect.arrayContaining([...new Set(seen)]));
});

test('a source without a vendor can give what any vendor gives, and what its own mapping does', () => {
  const given = givenCallFields(
    new Map([
      ['any', { name: 'any' }],
      ['own', { name: 'own', vendor: vendors.get('generic'), rules: new Map([['queue', () => 'q']]) }],
    ]),
    vendors,
  );
  expect([...(given.get('any') ?? [])].toSorted()).toEqual(Object.keys(CALL_FIELDS).toSorted());
  expect([...(given.get('own') ?? [])]).toEqual(['queue', 'kind']);
});
