import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from '../../src/cdr/decode.ts';
import { flatten } from '../../src/cdr/flatten.ts';
import { VENDORS_FOLDER } from '../../src/package-files.ts';

/** One sample request of a vendor, as it comes over the wire. */
export interface Sample {
  readonly vendor: string;
  /** The file's name; its ending says how the CDR travels. */
  readonly name: string;
  readonly body: Buffer;
  readonly query: string;
  /** Where its flattened CDRs are kept. */
  readonly goldenPath: string;
}

/** Every sample of every vendor, found by walking the folders. */
export function samples(): Sample[] {
  return readdirSync(VENDORS_FOLDER).flatMap((vendor) => {
    const folder = join(VENDORS_FOLDER, vendor);
    return readdirSync(join(folder, 'samples')).map((name) => {
      const bytes = readFileSync(join(folder, 'samples', name));
      const isQuery = name.endsWith('.query');
      return {
        vendor,
        name,
        body: isQuery ? Buffer.alloc(0) : bytes,
        query: isQuery ? bytes.toString('utf8') : '',
        goldenPath: join(folder, 'golden', `${name}.json`),
      };
    });
  });
}

/** The text of a sample's golden file: a list with the flattened fields of each of its CDRs. */
export function goldenText({ body, query }: Sample): string {
  const cdrs = decode(body, query).map(({ record }) => Object.fromEntries(flatten(record)));
  return `${JSON.stringify(cdrs, null, 2)}\n`;
}

if (import.meta.main) {
  for (const sample of samples()) {
    mkdirSync(join(sample.goldenPath, '..'), { recursive: true });
    writeFileSync(sample.goldenPath, goldenText(sample));
  }
}
