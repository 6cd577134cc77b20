import { isJsonObject, type JsonObject } from '../check/json-text.ts';
import { problemLine } from '../check/problem.ts';
import { recordCheck, recordTest, type SchemaCheck } from '../check/schema.ts';
import { compileCallMap, type MappingLine } from './call.ts';
import type { CallField } from './call-fields.ts';
import { fieldOf, type Cdr, type DecodedCdr } from './cdr.ts';
import { pathKeys } from './flatten.ts';
import { documentedFields, type DocumentedField } from './documented-fields.ts';
import { UnreadableBodyError } from './decode/unreadable.ts';
import { compile, compileCondition, WrongExpressionError, type Evaluate } from './mapping/expression.ts';
import { isTimeZone } from './mapping/time-zone.ts';
import type { Scope } from './mapping/scope.ts';
import { recordingsIn } from './recordings.ts';
import { compileRedaction, withoutRedacted } from './redaction.ts';
import { compileSplit, type Split } from './split.ts';
import type { VendorProfile } from './vendor-profile.ts';

/** What tells one record of a vendor from another: re-sent records share the id, better ones have a higher revision. */
export interface VendorIdentity {
  readonly id: string;
  readonly revision?: string | number;
}

/** A vendor's profile made into functions. */
export interface Vendor {
  readonly profile: VendorProfile;
  /** The overlay's fields that the profile maps. */
  readonly rules: ReadonlyMap<CallField, Evaluate>;
  /** The same line by line. */
  readonly lines: readonly MappingLine[];
  /** The fields that its records are documented to have. */
  readonly documented: readonly DocumentedField[];
  /** Whether a record is surely this vendor's. */
  identifies(record: JsonObject): boolean;
  /**
   * The CDRs in what was sent, without what the profile redacts.
   *
   * @throws UnreadableBodyError when something among them is no record.
   */
  readonly split: Split;
  /** How a record departs from the vendor's documented shape: one line, or `undefined` when it does not. */
  violation(record: JsonObject): string | undefined;
  /** Why a record is kept but matched with no webhook; `undefined` when it is a CDR like others. */
  ignores(cdr: Cdr): string | undefined;
  /** What the vendor tells a record by; `undefined` when the profile or the record does not say. */
  identityOf(cdr: Cdr): VendorIdentity | undefined;
  /** The file names or addresses of a call's recordings, as the vendor gives them. */
  recordingsOf(cdr: Cdr): string[];
}

/** The vendor that takes any object; every set of vendors has it. */
export const GENERIC_VENDOR = 'generic';

/**
 * Makes a vendor of its data.
 *
 * @throws WrongExpressionError when an expression or a zone cannot be used, Error when `cdrSchema` or the profile's
 *   `identify` is not a valid JSON Schema. An unknown keyword in `cdrSchema` is told with the first record instead.
 */
export function makeVendor(profile: VendorProfile, cdrSchema: JsonObject): Vendor {
  checkProfile(profile);
  const { identify, recordings } = profile;
  const shape = recordCheck(cdrSchema);
  const isKnown = identify === undefined ? () => false : recordTest(identify);
  const settings = { nothing: new Set(profile.nothing) };
  const { rules, lines } = compileCallMap(profile.map ?? {}, settings);
  const identity = compileIdentity(profile, settings);
  return {
    profile,
    // What a vendor tells its records by is their id, unless its mapping knows better.
    rules: identity === undefined || rules.size === 0 ? rules : new Map([['id', identity.id], ...rules]),
    lines,
    documented: documentedFields(cdrSchema),
    identifies: (record) => passes(isKnown, record),
    split: compileTaking(profile),
    violation: (record) => firstProblem(shape, record),
    ignores: compileIgnore(profile),
    identityOf: (cdr) => identityIn(scopeOf(cdr), identity),
    recordingsOf: (cdr) => (recordings === undefined ? [] : recordingsIn(cdr, recordings)),
  };
}

/** Secrets go before anything else is done: whatever comes of a record is without them. */
function compileTaking({ split: profiles, redact: paths }: VendorProfile): Split {
  const split: Split = profiles === undefined ? (sent) => [sent] : compileSplit([profiles].flat());
  const redact = compileRedaction({ redact: paths });
  if (redact === undefined) return split;
  const heads = (paths ?? []).map((path) => pathKeys(path)[0] ?? '');
  // Records of all vendors are tried when one is to be told; most have nothing to redact.
  const hasAny = ({ record }: DecodedCdr): boolean => heads.some((head) => Object.hasOwn(record, head));
  return (sent) => split(hasAny(sent) ? withoutRedacted(sent, { redact }) : sent);
}

/** What no schema can tell. */
function checkProfile({ zone, recordings, answer }: VendorProfile): void {
  if (zone !== undefined && !isTimeZone(zone)) {
    throw new WrongExpressionError('/zone', `there is no time zone "${zone}"`);
  }
  if (recordings?.ask !== undefined && !isJsonObject(answer?.body ?? null)) {
    throw new WrongExpressionError('/recordings/ask', 'needs an answer whose body is an object');
  }
}

function compileIgnore({ ignore = [] }: VendorProfile): Vendor['ignores'] {
  if (ignore.length === 0) return () => undefined;
  const reasons = ignore.map(({ when, why }, index) => ({
    why,
    holds: compileCondition(when, `/ignore/${index}/when`),
  }));
  return (cdr) => reasons.find(({ holds }) => holds(scopeOf(cdr)))?.why;
}

interface CompiledIdentity {
  readonly id: Evaluate;
  readonly revision: Evaluate | undefined;
}

function compileIdentity(
  { identity }: VendorProfile,
  settings: { readonly nothing: ReadonlySet<string> },
): CompiledIdentity | undefined {
  if (identity === undefined) return undefined;
  const { id, revision } = identity;
  return {
    id: compile(id, settings, '/identity/id'),
    revision: revision === undefined ? undefined : compile(revision, settings, '/identity/revision'),
  };
}

function identityIn(scope: Scope, compiled: CompiledIdentity | undefined): VendorIdentity | undefined {
  const id = compiled?.id(scope);
  if (typeof id !== 'string' && typeof id !== 'number') return undefined;
  const revision = compiled?.revision?.(scope);
  const isComparable = typeof revision === 'string' || typeof revision === 'number';
  return isComparable ? { id: String(id), revision } : { id: String(id) };
}

/** Neither what is ignored nor an identity asks for times, so no zone is needed. */
function scopeOf(cdr: Cdr): Scope {
  return { zone: undefined, value: (path) => fieldOf(cdr, path) };
}

function passes(test: (record: JsonObject) => boolean, record: JsonObject): boolean {
  try {
    return test(record);
  } catch {
    // A schema that refers to itself recurses with the record, and a record may be nested without end.
    return false;
  }
}

function firstProblem(check: SchemaCheck, record: JsonObject): string | undefined {
  try {
    const [problem] = check(record);
    return problem === undefined ? undefined : problemLine(problem);
  } catch (error) {
    if (error instanceof RangeError) return 'error /: nested too deeply to be checked';
    return `error /: the schema of such records is wrong: ${(error as Error).message}`;
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

  /** Those that decode in a way of their own. */
  get decoding(): Vendor[] {
    return [...this.#byName.values()].filter(({ profile }) => profile.decode !== undefined);
  }

  get(name: string): Vendor | undefined {
    return this.#byName.get(name);
  }

  /** The vendor of a name; `generic` when there is none, as when it was there once. */
  named(name: string): Vendor {
    return this.#byName.get(name) ?? this.#generic;
  }

  /** The vendor whose record this is; `generic` when none says so. */
  identify(record: JsonObject): Vendor {
    return [...this.#byName.values()].find((vendor) => vendor.identifies(record)) ?? this.#generic;
  }

  /** The vendor of what was sent, which may be a batch of its records; `generic` when none says so. */
  identifySent(sent: DecodedCdr): Vendor {
    for (const vendor of this.#byName.values()) {
      const record = firstRecord(vendor, sent);
      if (record !== undefined && vendor.identifies(record)) return vendor;
    }
    return this.#generic;
  }
}

/** The first record in what was sent, if this vendor's profile finds one. */
function firstRecord(vendor: Vendor, sent: DecodedCdr): JsonObject | undefined {
  if (vendor.profile.split === undefined) return sent.record;
  try {
    let first: JsonObject | undefined;
    // To the end: a list with something in it that is no record is none of this vendor's.
    for (const { record } of vendor.split(sent)) first ??= record;
    return first;
  } catch (error) {
    if (error instanceof UnreadableBodyError) return undefined;
    throw error;
  }
}
