import type { JsonObject, JsonValue } from '../check/json-text.ts';
import { problemLine } from '../check/problem.ts';
import { recordCheck, type SchemaCheck } from '../check/schema.ts';

/** What a sender expects to hear when its CDR is safe. */
export interface VendorAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: JsonValue;
}

/** A vendor's profile as `schemas/vendors/<vendor>/vendor.json` holds it; `schemas/vendor.schema.json` explains it. */
export interface VendorProfile {
  readonly vendor: string;
  readonly title: string;
  readonly description: string;
  readonly basis: 'document' | 'record' | 'inference';
  readonly documents: readonly string[];
  readonly identify?: JsonObject;
  readonly answer?: VendorAnswer;
}

/** A vendor's profile made into functions. */
export interface Vendor {
  readonly profile: VendorProfile;
  /** Whether a record is surely this vendor's. */
  identifies(record: JsonObject): boolean;
  /** How a record departs from the vendor's documented shape: one line, or `undefined` when it does not. */
  violation(record: JsonObject): string | undefined;
}

/** The vendor that takes any object; every set of vendors has it. */
export const GENERIC_VENDOR = 'generic';

/**
 * Makes a vendor of its data.
 *
 * @throws Error when `cdrSchema` or the profile's `identify` is not a valid JSON Schema.
 */
export function makeVendor(profile: VendorProfile, cdrSchema: JsonObject): Vendor {
  const shape = recordCheck(cdrSchema);
  const identity = profile.identify === undefined ? undefined : recordCheck(profile.identify);
  return {
    profile,
    identifies: (record) => identity !== undefined && firstProblem(identity, record) === undefined,
    violation: (record) => firstProblem(shape, record),
  };
}

function firstProblem(check: SchemaCheck, record: JsonObject): string | undefined {
  try {
    const [problem] = check(record);
    return problem === undefined ? undefined : problemLine(problem);
  } catch {
    // A schema that refers to itself recurses with the record, and a record may be nested without end.
    return 'error /: nested too deeply to be checked';
  }
}

/** All vendors known to this router. */
export class Vendors {
  readonly #byName: ReadonlyMap<string, Vendor>;
  readonly #generic: Vendor;

  /** @throws Error when `generic` is not among them. */
  constructor(vendors: Iterable<Vendor>) {
    this.#byName = new Map([...vendors].map((vendor) => [vendor.profile.vendor, vendor]));
    const generic = this.#byName.get(GENERIC_VENDOR);
    if (generic === undefined) throw new Error(`the vendor "${GENERIC_VENDOR}" is missing`);
    this.#generic = generic;
  }

  get names(): string[] {
    return [...this.#byName.keys()];
  }

  get(name: string): Vendor | undefined {
    return this.#byName.get(name);
  }

  /** The vendor whose record this is; `generic` when none says so. */
  identify(record: JsonObject): Vendor {
    for (const vendor of this.#byName.values()) if (vendor.identifies(record)) return vendor;
    return this.#generic;
  }
}
