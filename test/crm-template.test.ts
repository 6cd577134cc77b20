import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { expect, test } from 'vitest';
import { VENDORS_FOLDER } from '../src/package-files.ts';

const folder = join(VENDORS_FOLDER, '3cx');

interface Template {
  readonly Crm: {
    readonly Scenarios: {
      readonly Scenario: {
        readonly Request: { readonly PostValues: { readonly Value: readonly Record<string, unknown>[] } };
      };
    };
  };
}

function template(): Template {
  const text = readFileSync(join(folder, 'crm-template.xml'), 'utf8');
  return new XMLParser({ ignoreAttributes: false }).parse(text) as Template;
}

test("the template for 3CX posts the members that the vendor's samples have, in their order", () => {
  const { Value: values } = template().Crm.Scenarios.Scenario.Request.PostValues;
  const sample = JSON.parse(readFileSync(join(folder, 'samples', 'journal-outbound.json'), 'utf8')) as object;
  expect(values.map((value) => value['@_Key'])).toEqual(Object.keys(sample));
});

test('it formats every date, because 3CX prints them in the language of the PBX', () => {
  const { Value: values } = template().Crm.Scenarios.Scenario.Request.PostValues;
  const dates = values.filter((value) => String(value['@_Key']).endsWith('Time'));
  expect(dates).toHaveLength(3);
  for (const date of dates) {
    expect(date).toMatchObject({ '@_Passes': '2' });
    expect(date['#text']).toMatch(/^\[\[Call\w+TimeUTC\]\.ToString\("yyyy-MM-ddTHH:mm:ssZ"\)\]$/);
  }
});
