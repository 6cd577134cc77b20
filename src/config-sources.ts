import { compileCallMap, type CallMap } from './cdr/call.ts';
import { fieldOf, type Cdr } from './cdr/cdr.ts';
import type { CallField } from './cdr/call-fields.ts';
import type { DecodeSettings } from './cdr/decode/decode.ts';
import type { When } from './cdr/mapping/condition.ts';
import { compileCondition, WrongExpressionError, type Evaluate } from './cdr/mapping/expression.ts';
import { isTimeZone } from './cdr/mapping/time-zone.ts';
import type { Grouping } from './cdr/legs.ts';
import { compileRedaction } from './cdr/redaction.ts';
import type { Verification } from './cdr/vendor-profile.ts';
import type { Vendor, Vendors } from './cdr/vendor.ts';
import { errorAt, InvalidDocumentError, pointerTo, type Problem } from './check/problem.ts';
import type { Expectation, ExpectedHours } from './intake/expectation.ts';
import { makeHandshake } from './intake/handshake.ts';
import type { Source, SourceCredentials } from './intake/source.ts';
import { betweenTimesProblem } from './match/business-hours.ts';
import { makeVerifier, needsPublicUrl, type Verifier } from './intake/verify/verifier.ts';

/** A source as a user writes it under `sources`. */
export interface SourceDocument {
  readonly vendor?: string;
  readonly auth?: SourceCredentials;
  readonly publicUrl?: string;
  readonly verify?: { readonly secret: string; readonly method?: Verification };
  readonly decode?: DecodeSettings;
  readonly zone?: string;
  readonly call?: CallMap;
  readonly duplicates?: 'bytes' | 'identity';
  readonly group?: GroupDocument;
  readonly drop?: readonly string[];
  readonly redact?: readonly string[];
  readonly capture?: number;
  readonly recordings?: boolean;
  readonly expectEverySeconds?: number;
  readonly expectBetween?: ExpectedHours;
}

/** How the legs of one call are brought together. */
interface GroupDocument {
  readonly by?: string;
  readonly until?: When;
  readonly waitSeconds?: number;
  readonly maxLegs?: number;
}

type SourceDocuments = Readonly<Record<string, SourceDocument>>;

/** Puts values in the place of each `${NAME}`. */
type Resolve = (text: string) => string;

/** What is wrong with sources that satisfy the schema, secrets left aside. */
export function checkSources(sources: SourceDocuments = {}, vendors: Vendors): Problem[] {
  return Object.entries(sources).flatMap(([name, source]) =>
    checkSource(source, vendors, pointerTo('/sources', name)),
  );
}

function checkSource(source: SourceDocument, vendors: Vendors, at: string): Problem[] {
  const { vendor: name, zone } = source;
  const vendor = name === undefined ? undefined : vendors.get(name);
  const problems = [
    ...checkVerify(source, vendor, pointerTo(at, 'verify')),
    ...checkExpressions(source, at),
    ...checkExpectation(source, at),
  ];
  if (name !== undefined && vendor === undefined) {
    const message = `there is no vendor "${name}"; known are ${vendors.names.join(', ')}`;
    problems.push(errorAt(pointerTo(at, 'vendor'), message));
  }
  if (zone !== undefined && !isTimeZone(zone)) {
    problems.push(
      errorAt(pointerTo(at, 'zone'), `there is no time zone "${zone}"; write it as Europe/Berlin`),
    );
  }
  return problems;
}

/** The members of `expectBetween`, in the order in which `between_times` has them behind the time. */
const HOURS = ['from', 'to', 'zone', 'days'] as const;

function checkExpectation({ expectEverySeconds, expectBetween }: SourceDocument, at: string): Problem[] {
  if (expectBetween === undefined) return [];
  const place = pointerTo(at, 'expectBetween');
  if (expectEverySeconds === undefined) {
    return [errorAt(place, 'means nothing without expectEverySeconds; give that, too')];
  }
  const problem = betweenTimesProblem([0, ...HOURS.map((name) => expectBetween[name])]);
  if (problem === undefined) return [];
  return [errorAt(pointerTo(place, HOURS[problem.argument - 1] ?? ''), problem.message)];
}

function expectationOf({
  expectEverySeconds,
  expectBetween: between,
}: SourceDocument): Expectation | undefined {
  return expectEverySeconds === undefined ? undefined : { everyMs: expectEverySeconds * 1_000, between };
}

function checkExpressions({ call, group }: SourceDocument, at: string): Problem[] {
  try {
    compileRules(call);
    compileGroup(group);
    return [];
  } catch (error) {
    if (error instanceof WrongExpressionError) return [errorAt(`${at}${error.pointer}`, error.message)];
    throw error;
  }
}

function checkVerify(source: SourceDocument, vendor: Vendor | undefined, at: string): Problem[] {
  const { verify, publicUrl } = source;
  if (verify === undefined) return [];
  const method = verify.method ?? vendor?.profile.verification;
  if (method === undefined) {
    return [errorAt(at, 'the profile of the vendor does not say how it is verified; say it under method')];
  }
  return needsPublicUrl(method) && publicUrl === undefined
    ? [errorAt(at, 'the signature covers the address; give it, as the sender calls it, under publicUrl')]
    : [];
}

/**
 * Makes the sources of their documents, which have been checked.
 *
 * @param path the configuration file, for messages.
 * @throws MissingReferenceError when a `${NAME}` is not set, InvalidDocumentError when a secret is of no use.
 */
export function makeSources(
  path: string,
  sources: SourceDocuments = {},
  vendors: Vendors,
  resolve: Resolve,
): ReadonlyMap<string, Source> {
  return new Map(
    Object.entries(sources).map(([name, document]) => {
      const vendor = document.vendor === undefined ? undefined : vendors.get(document.vendor);
      const secret = document.verify === undefined ? undefined : resolve(document.verify.secret);
      return [name, makeSource({ name, document, vendor, secret, path }, resolve)];
    }),
  );
}

interface Draft {
  readonly name: string;
  readonly document: SourceDocument;
  readonly vendor: Vendor | undefined;
  readonly secret: string | undefined;
  readonly path: string;
}

function makeSource(draft: Draft, resolve: Resolve): Source {
  const { name, document, vendor, secret } = draft;
  const handshake = vendor?.profile.handshake;
  return {
    name,
    vendor,
    credentials: withSecrets(document.auth, resolve),
    decode: document.decode,
    zone: document.zone,
    rules: compileRules(document.call),
    verifier: sourceVerifier(draft),
    handshake: handshake === undefined ? undefined : makeHandshake(handshake, secret),
    capture: document.capture,
    recordings: document.recordings,
    grouping: compileGroup(document.group),
    duplicates: document.duplicates,
    redact: compileRedaction(document),
    expectation: expectationOf(document),
  };
}

function sourceVerifier({ name, document, vendor, secret, path }: Draft): Verifier | undefined {
  const method = document.verify?.method ?? vendor?.profile.verification;
  if (secret === undefined || method === undefined) return undefined;
  try {
    return makeVerifier({ method, secret, publicUrl: document.publicUrl });
  } catch (error) {
    const place = `${pointerTo('/sources', name)}/verify/secret`;
    throw new InvalidDocumentError(path, [errorAt(place, (error as Error).message)]);
  }
}

function compileRules(map: CallMap | undefined): ReadonlyMap<CallField, Evaluate> | undefined {
  return map === undefined ? undefined : compileCallMap(map, { nothing: new Set() }, '/call').rules;
}

/** The defaults that `schemas/config.schema.json` promises. */
const GROUP_DEFAULTS = { by: '$call.group', until: undefined, waitSeconds: 10, maxLegs: 50 };

function compileGroup(document: GroupDocument | undefined): Grouping | undefined {
  if (document === undefined) return undefined;
  const { by, until, waitSeconds, maxLegs } = { ...GROUP_DEFAULTS, ...document };
  const holds = until === undefined ? undefined : compileCondition(until, '/group/until');
  const isLast =
    holds === undefined
      ? undefined
      : (leg: Cdr): boolean => holds({ zone: undefined, value: (path) => fieldOf(leg, path) });
  return { by, isLast, waitMs: waitSeconds * 1_000, maxLegs };
}

function withSecrets(
  credentials: SourceCredentials | undefined,
  secret: Resolve,
): SourceCredentials | undefined {
  if (credentials === undefined) return undefined;
  if ('bearer' in credentials) return { bearer: secret(credentials.bearer) };
  const { username, password } = credentials.basic;
  return { basic: { username: secret(username), password: secret(password) } };
}
