import { isJsonObject, type JsonObject, type JsonValue } from './check/json-text.ts';
import { pointerTokens } from './check/problem.ts';
import type { Environment } from './webhooks/references.ts';

/** One environment variable that wins over the configuration file. */
interface Variable {
  readonly name: string;
  /** Where its value goes in the configuration, as a JSON Pointer. */
  readonly pointer: string;
  readonly isNumber?: true;
  /** A list with commas between its items. */
  readonly isList?: true;
  /** Another member that has to have a value for this one to count. */
  readonly implies?: { readonly pointer: string; readonly value: string };
  readonly help: string;
}

const VARIABLES: readonly Variable[] = [
  { name: 'HOOKSWITCH_HOST', pointer: '/listen/host', help: 'address to listen at' },
  { name: 'HOOKSWITCH_PORT', pointer: '/listen/port', isNumber: true, help: 'port to listen at' },
  {
    name: 'HOOKSWITCH_ADMIN_HOST',
    pointer: '/admin/listen/host',
    help: 'address for the API and metrics alone',
  },
  {
    name: 'HOOKSWITCH_ADMIN_PORT',
    pointer: '/admin/listen/port',
    isNumber: true,
    help: 'port for the API and metrics alone',
  },
  { name: 'HOOKSWITCH_DATA', pointer: '/store/directory', help: 'directory for everything that is kept' },
  {
    name: 'HOOKSWITCH_STORE',
    pointer: '/store/url',
    implies: { pointer: '/store/kind', value: 'postgres' },
    help: 'database URL of a PostgreSQL that routers share, in the place of the directory',
  },
  { name: 'HOOKSWITCH_RULES', pointer: '/rules', help: 'the rules file' },
  {
    name: 'HOOKSWITCH_SECRETS',
    pointer: '/secretsFile',
    help: 'a file of NAME=value lines, for ${NAME} that the environment does not have',
  },
  {
    name: 'HOOKSWITCH_MAX_BODY_BYTES',
    pointer: '/intake/maxBodyBytes',
    isNumber: true,
    help: 'largest request that is taken in',
  },
  {
    name: 'HOOKSWITCH_MAX_BODIES_BYTES',
    pointer: '/intake/maxBodiesBytes',
    isNumber: true,
    help: 'bytes of large requests taken in at once',
  },
  {
    name: 'HOOKSWITCH_MAX_CDR_BYTES',
    pointer: '/intake/maxCdrBytes',
    isNumber: true,
    help: 'longest CDR that is taken in',
  },
  {
    name: 'HOOKSWITCH_MAX_CDRS_PER_REQUEST',
    pointer: '/intake/maxCdrsPerRequest',
    isNumber: true,
    help: 'most CDRs in one request',
  },
  {
    name: 'HOOKSWITCH_DEDUPE_WINDOW_SECONDS',
    pointer: '/intake/dedupeWindowSeconds',
    isNumber: true,
    help: 'how long a repeated CDR is recognised; 0 is never',
  },
  {
    name: 'HOOKSWITCH_MAX_IN_FLIGHT',
    pointer: '/relay/maxInFlight',
    isNumber: true,
    help: 'deliveries under way at once',
  },
  {
    name: 'HOOKSWITCH_MAX_OVERDUE_SECONDS',
    pointer: '/relay/maxOverdueSeconds',
    isNumber: true,
    help: 'when /readyz tells of a stuck relay',
  },
  {
    name: 'HOOKSWITCH_LEASE_SECONDS',
    pointer: '/relay/leaseSeconds',
    isNumber: true,
    help: 'when other nodes take over what a node that died was sending',
  },
  {
    name: 'HOOKSWITCH_ALLOW_NETWORKS',
    pointer: '/relay/allowNetworks',
    isList: true,
    help: 'private networks with targets in them, commas between',
  },
  {
    name: 'HOOKSWITCH_RETENTION_DAYS',
    pointer: '/retention/days',
    isNumber: true,
    help: 'how long finished work is kept',
  },
  {
    name: 'HOOKSWITCH_SHUTDOWN_GRACE_SECONDS',
    pointer: '/shutdown/graceSeconds',
    isNumber: true,
    help: 'time to end what is under way when stopping',
  },
  { name: 'HOOKSWITCH_LOG_LEVEL', pointer: '/log/level', help: 'debug, info, warn, error or silent' },
];

/** What is said of each variable in `serve --help`. */
export const ENVIRONMENT_HELP: readonly (readonly [name: string, help: string])[] = [
  ['HOOKSWITCH_CONFIG', 'the configuration file'],
  ...VARIABLES.map(({ name, help }) => [name, help] as const),
  ['HOOKSWITCH_API_TOKEN', 'an API token that may read and write'],
];

/** A configuration document with the environment's values put over its own. Not checked yet. */
export function withEnvironment(document: JsonValue, environment: Environment): JsonValue {
  if (!isJsonObject(document)) return document;
  let result = document;
  for (const variable of VARIABLES) {
    const text = environment[variable.name];
    if (text === undefined || text === '') continue;
    result = withValue(result, pointerTokens(variable.pointer), valueOf(text, variable));
    const { implies } = variable;
    if (implies !== undefined) result = withValue(result, pointerTokens(implies.pointer), implies.value);
  }
  return result;
}

function valueOf(text: string, { isNumber, isList }: Variable): JsonValue {
  if (isList === true) return text.split(',').map((item) => item.trim());
  // A text that is no number is left as it is: the check of the document then tells what is wrong with it.
  const isGoodNumber = isNumber === true && text.trim() !== '' && !Number.isNaN(Number(text));
  return isGoodNumber ? Number(text) : text;
}

/** The variable that gave the value at a place of the configuration, if one did. */
export function variableAt(pointer: string, environment: Environment): string | undefined {
  return VARIABLES.find(
    (variable) =>
      `${pointer}/`.startsWith(`${variable.pointer}/`) && (environment[variable.name] ?? '') !== '',
  )?.name;
}

function withValue(
  target: JsonObject,
  [name = '', ...rest]: readonly string[],
  value: JsonValue,
): JsonObject {
  const inner = target[name];
  return {
    ...target,
    [name]: rest.length === 0 ? value : withValue(isJsonObject(inner) ? inner : {}, rest, value),
  };
}
