import type { CallField } from '../../cdr/call-fields.ts';
import type { Expression } from '../../cdr/mapping/expression.ts';
import { numberOf, scalarText } from '../../cdr/mapping/text.ts';
import type { JsonValue } from '../../check/json-text.ts';

/** A field of records, with the values that some of them have there. */
export interface SeenField {
  /** Flattened. */
  readonly path: string;
  readonly values: readonly JsonValue[];
}

/** Makes an expression for a field whose name fits; `undefined` when its values do not. */
type Express = (field: SeenField) => Expression | undefined;

interface Guess {
  readonly field: CallField;
  /** Names in small letters without dashes and the like, the likeliest first. */
  readonly names: readonly string[];
  readonly express: Express;
}

const DIRECTIONS: readonly Readonly<Record<string, string>>[] = [
  { in: 'inbound', out: 'outbound' },
  { inbound: 'inbound', outbound: 'outbound', internal: 'internal' },
  { Inbound: 'inbound', Outbound: 'outbound', Internal: 'internal' },
  { incoming: 'inbound', outgoing: 'outbound', internal: 'internal' },
  { Incoming: 'inbound', Outgoing: 'outbound', Internal: 'internal' },
  { I: 'inbound', O: 'outbound' },
  { INBOUND: 'inbound', OUTBOUND: 'outbound', INTERNAL: 'internal' },
  { IN: 'inbound', OUT: 'outbound' },
];

/** What a word for the end of a call means, by how it begins. */
const STATUSES: readonly (readonly [RegExp, string])[] = [
  [/^(?:no.?answ|un.?answ|not.?answ|miss)/i, 'no-answer'],
  [/^(?:answ|complet|ok$|success)/i, 'answered'],
  [/^busy/i, 'busy'],
  [/^(?:cancel|abandon)/i, 'cancelled'],
  [/^(?:reject|declin)/i, 'rejected'],
  [/^(?:fail|error|congest)/i, 'failed'],
  [/^voice.?mail/i, 'voicemail'],
  [/^block/i, 'blocked'],
];

const GUESSES: readonly Guess[] = [
  {
    field: 'direction',
    names: ['direction', 'calldirection', 'dir', 'calltype', 'type'],
    express: direction,
  },
  {
    field: 'status',
    names: ['status', 'callstatus', 'disposition', 'outcome', 'result', 'calltype', 'state', 'type'],
    express: status,
  },
  {
    field: 'from',
    names: names(
      'from caller calling src source ani cli callerid calleridnumber callfrom',
      'number',
      'party',
    ),
    express: party,
  },
  {
    field: 'dialled',
    names: names('dialled dialed called to callee dst destination dnis did callto', 'number', 'party'),
    express: party,
  },
  { field: 'agent', names: ['agent', 'agentname', 'username', 'user', 'extension'], express: text },
  { field: 'queue', names: ['queue', 'queuename', 'huntgroup', 'groupname'], express: text },
  { field: 'start', names: times('start started begin begun setup callstart calldate'), express: time },
  { field: 'answer', names: times('answer answered connect connected taken pickup'), express: time },
  { field: 'end', names: times('end ended hangup disconnect over stop finished callend'), express: time },
  {
    field: 'recording',
    names: ['recording', 'recordingurl', 'recordurl', 'recordingfile', 'recordfile', 'recordingpath'],
    express: text,
  },
  {
    field: 'cause',
    names: ['hangupcause', 'cause', 'hangupreason', 'disconnectreason', 'reason'],
    express: text,
  },
];

/** Names of what tells one record from another, the surest first. */
const ID_NAMES = [
  ...['uuid', 'uid', 'pkid', 'cdrid', 'recordid', 'uniqueid', 'calluuid', 'callid', 'callsid', 'sessionid'],
  'id',
];

function names(words: string, ...endings: readonly string[]): string[] {
  const all = words.split(' ');
  return [...all, ...endings.flatMap((ending) => all.map((word) => word + ending))];
}

function times(words: string): string[] {
  return names(words, 'time', 'at', 'timestamp', 'epoch', 'date');
}

/**
 * Guesses how the fields of `$call` are found in records, by the names of fields and by their values. A guess is made only
 * where a value fits; what a guess is worth, the one who knows the system must say.
 */
export function guessMap(fields: readonly SeenField[]): Partial<Record<CallField, Expression>> {
  const map: Partial<Record<CallField, Expression>> = {};
  for (const guess of GUESSES) {
    const expression = firstThatFits(guess, fields);
    if (expression !== undefined) map[guess.field] = expression;
  }
  return map;
}

function firstThatFits(
  { names: wanted, express }: Guess,
  fields: readonly SeenField[],
): Expression | undefined {
  for (const name of wanted) {
    for (const field of fields) {
      const expression = plainName(field.path) === name ? express(field) : undefined;
      if (expression !== undefined) return expression;
    }
  }
  return undefined;
}

/** The path of what seems to tell records apart. */
export function guessId(fields: readonly SeenField[]): string | undefined {
  for (const name of ID_NAMES) {
    const found = fields.find(({ path, values }) => plainName(path) === name && areAllDifferent(values));
    if (found !== undefined) return found.path;
  }
  return undefined;
}

function areAllDifferent(values: readonly JsonValue[]): boolean {
  const texts = values.map(scalarText);
  return new Set(texts).size === texts.length && !texts.includes(undefined) && !texts.includes('');
}

function plainName(path: string): string {
  return (path.split('.').at(-1) ?? '').replaceAll(/[^a-z0-9]/gi, '').toLowerCase();
}

function textsOf({ values }: SeenField): string[] {
  return values.map(scalarText).filter((one) => one !== undefined && one !== '') as string[];
}

function text(field: SeenField): Expression | undefined {
  return textsOf(field).length === 0 ? undefined : field.path;
}

function party(field: SeenField): Expression | undefined {
  const texts = textsOf(field);
  if (texts.length === 0) return undefined;
  return texts.every((one) => /^\d+$/.test(one)) ? field.path : { party: field.path };
}

function direction(field: SeenField): Expression | undefined {
  const texts = textsOf(field);
  const table = DIRECTIONS.find(
    (words) => texts.length > 0 && texts.every((one) => Object.hasOwn(words, one)),
  );
  return table === undefined ? undefined : { lookup: field.path, in: table };
}

function status(field: SeenField): Expression | undefined {
  const known = textsOf(field).flatMap((one) => {
    const meaning = STATUSES.find(([words]) => words.test(one))?.[1];
    return meaning === undefined ? [] : [[one, meaning] as const];
  });
  return known.length === 0 ? undefined : { lookup: field.path, in: Object.fromEntries(known) };
}

function time(field: SeenField): Expression | undefined {
  const given = field.values.filter((value) => !['', '0', 0, null, false].includes(value as string));
  if (given.some((value) => typeof value === 'string' && /^\d{4}[-/]\d\d[-/]\d\d/.test(value))) {
    return { time: field.path };
  }
  const unit = given.map((value) => epochUnit(numberOf(value))).find((one) => one !== undefined);
  return unit === undefined ? undefined : { time: field.path, unit };
}

/** The unit in which a number is a time between 2001 and 2065. */
function epochUnit(value: number | undefined): 's' | 'ms' | 'us' | undefined {
  if (value === undefined) return undefined;
  const fits = (unit: number): boolean => value >= 1e9 * unit && value < 3e9 * unit;
  return fits(1) ? 's' : fits(1e3) ? 'ms' : fits(1e6) ? 'us' : undefined;
}
