import { flatten } from '../../cdr/flatten.ts';
import type { VendorProfile } from '../../cdr/vendor-profile.ts';
import { isContainer, type JsonObject } from '../../check/json-text.ts';
import { guessId, guessMap, type SeenField } from './guesses.ts';
import { inferSchema } from './record-schema.ts';

/** The beginning of a vendor's folder. */
export interface VendorDraft {
  readonly profile: VendorProfile;
  readonly cdrSchema: JsonObject;
}

/** Names so common that they tell no vendor from another. */
const COMMON_NAMES =
  /^(?:id|type|event|name|date|time|timestamp|status|state|direction|duration|from|to|start|end|data|call)$/i;

/** As many names as make it unlikely that another vendor has all of them. */
const IDENTIFYING_NAMES = 4;

/**
 * Drafts a vendor from some of its records.
 *
 * @param split where the records stand in what is sent, if they are not all of it.
 */
export function draftVendor(name: string, records: readonly JsonObject[], split?: string): VendorDraft {
  const fields = seenFields(records);
  const id = guessId(fields);
  return {
    profile: {
      vendor: name,
      title: name.charAt(0).toUpperCase() + name.slice(1),
      description: 'Enter https://your-host/cdr/<source> as the address for call records.',
      basis: 'record',
      documents: [],
      ...(split === undefined ? {} : { split: { path: split } }),
      identify: { type: 'object', required: identifyingNames(records) },
      ...(id === undefined ? {} : { identity: { id } }),
      map: guessMap(fields),
    },
    cdrSchema: {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      title: `${name.charAt(0).toUpperCase()}${name.slice(1)} CDR`,
      description: 'Inferred from captured records; say here what the fields mean, and in which unit.',
      ...inferSchema(records),
    },
  };
}

/** The scalars of records by their paths; those inside lists are left out, since their places mean nothing. */
export function seenFields(records: readonly JsonObject[]): SeenField[] {
  const seen = new Map<string, SeenField & { values: SeenField['values'][number][] }>();
  for (const record of records) {
    for (const [path, value] of flatten(record)) {
      if (isContainer(value) || /(?:^|\.)\d+(?:\.|$)/.test(path)) continue;
      const field = seen.get(path) ?? { path, values: [] };
      field.values.push(value);
      seen.set(path, field);
    }
  }
  return [...seen.values()];
}

function identifyingNames(records: readonly JsonObject[]): string[] {
  const [first = {}] = records;
  const inAll = Object.keys(first).filter((name) => records.every((record) => Object.hasOwn(record, name)));
  const telling = inAll.filter((name) => !COMMON_NAMES.test(name));
  return (telling.length > 1 ? telling : inAll).slice(0, IDENTIFYING_NAMES);
}
