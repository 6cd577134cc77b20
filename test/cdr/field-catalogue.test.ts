import { describe, expect, test } from 'vitest';
import { documentedFields } from '../../src/cdr/documented-fields.ts';
import { FieldCatalogue, type CataloguedField } from '../../src/cdr/field-catalogue.ts';
import { loadVendors } from '../../src/package-files.ts';
import { cdrOf } from '../support/cdrs.ts';

function field(catalogue: FieldCatalogue, path: string): CataloguedField | undefined {
  return catalogue.list().find((one) => one.path === path);
}

describe('a field catalogue', () => {
  test('counts in how many CDRs a field is, with some of its values as they are typed', () => {
    const catalogue = new FieldCatalogue();
    for (const status of ['missed', 'answered', 'missed'])
      catalogue.add(cdrOf({ status, legs: [{ n: 16 }] }));
    catalogue.add(cdrOf({ status: 16 }, 'pbx', 'acme'));
    expect(field(catalogue, 'status')).toMatchObject({
      count: 4,
      samples: ['missed', 'answered', 16],
      vendors: ['acme', 'generic'],
    });
    expect(field(catalogue, 'legs.0.n')).toMatchObject({ count: 3, samples: [16] });
  });

  test('shows five values at most, and none that is long or no value', () => {
    const catalogue = new FieldCatalogue();
    for (let n = 0; n < 9; n += 1) catalogue.add(cdrOf({ n, text: 'x'.repeat(81 + n), none: [] }));
    expect(field(catalogue, 'n')?.samples).toEqual([0, 1, 2, 3, 4]);
    expect(field(catalogue, 'text')).toMatchObject({ count: 9, samples: [] });
    expect(field(catalogue, 'none')).toMatchObject({ count: 9, samples: [] });
  });

  test('has our own names always, with the words they are limited to', () => {
    const catalogue = new FieldCatalogue();
    expect(field(catalogue, '$source')).toMatchObject({ count: 0, samples: [] });
    expect(field(catalogue, '$call.direction')?.values).toEqual(['inbound', 'outbound', 'internal']);
    catalogue.add(cdrOf({}, 'branch-7'));
    expect(field(catalogue, '$source')).toMatchObject({ count: 1, samples: ['branch-7'] });
    expect(field(catalogue, '$call.from')).toMatchObject({ count: 0, vendors: [] });
  });

  test('lists what is documented behind what has been seen', () => {
    const catalogue = new FieldCatalogue();
    catalogue.document({ path: 'a', description: 'The first.' }, 'acme');
    catalogue.document({ path: 'z', description: 'The last.' }, 'acme');
    catalogue.add(cdrOf({ z: 1 }));
    const listed = catalogue.list().filter(({ path }) => !path.startsWith('$'));
    expect(listed).toMatchObject([
      { path: 'z', count: 1, vendors: ['acme', 'generic'], description: 'The last.' },
      { path: 'a', count: 0, samples: [], vendors: ['acme'], description: 'The first.' },
    ]);
  });

  test('does not grow without end', () => {
    const catalogue = new FieldCatalogue();
    for (let n = 0; n < 20; n += 1) {
      catalogue.add(cdrOf(Object.fromEntries(Array.from({ length: 2_500 }, (_, m) => [`f${n}_${m}`, m]))));
    }
    expect(catalogue.list().length).toBeLessThanOrEqual(10_000);
  });
});

describe('documented fields', () => {
  test('are the leaves of a schema, written as paths', () => {
    const text = { type: 'string', description: 'A text.' };
    const leg = { type: 'object', properties: { 'trunk.name': text, n: { type: 'number' } } };
    const schema = {
      properties: { $id: text, legs: { type: 'array', items: { $ref: '#/$defs/leg' } } },
      $defs: { leg },
    };
    expect(documentedFields(schema)).toEqual([
      { path: '\\$id', description: 'A text.' },
      { path: 'legs.0.trunk\\.name', description: 'A text.' },
      { path: 'legs.0.n' },
    ]);
  });

  test('end, also of a schema that refers to itself', () => {
    const node = { properties: { next: { $ref: '#/$defs/node' } } };
    expect(documentedFields({ $ref: '#/$defs/node', $defs: { node } })).toEqual([]);
  });

  test('are known of every vendor whose schema names some', () => {
    const vodia = loadVendors().get('vodia');
    expect(vodia?.documented).toContainEqual(expect.objectContaining({ path: 'callid' }));
  });
});
