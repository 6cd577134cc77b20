import { StoreUnavailableError } from '../store.ts';

/*
 * What went wrong, by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html). An error without one
 * comes from the network or the driver: there is no telling whether the database has done what it was asked.
 */

/** Serialization failure and deadlock: nothing was done, and doing it again is what the documentation advises. */
const TRANSIENT = new Set(['40001', '40P01']);

/**
 * Classes of errors that are the fault of what was to be written: data exception, integrity constraint violation, program
 * limit exceeded, as by a row that is too long for an index.
 */
const DATA_CLASSES = new Set(['22', '23', '54']);

/** Connection exceptions, and an operator's intervention such as a shutdown; not 57014, the statement timeout. */
const CONNECTION = /^(?:08...|57P0.)$/;

function sqlStateOf(error: unknown): string | undefined {
  const isFromDatabase = error instanceof Error && 'code' in error && 'severity' in error;
  return isFromDatabase && typeof error.code === 'string' ? error.code : undefined;
}

/** Whether the same work may well succeed at once. */
export function isTransient(error: unknown): boolean {
  return TRANSIENT.has(sqlStateOf(error) ?? '');
}

/** Whether it is the work itself that cannot be done, so that other work must not suffer for it. */
export function isFaultOfData(error: unknown): boolean {
  return error instanceof RangeError || DATA_CLASSES.has((sqlStateOf(error) ?? '').slice(0, 2));
}

/** Nobody listens there, or is reached: as of a server that is being started. */
const NOBODY_THERE = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH', 'EHOSTDOWN', 'ENETUNREACH'],
  // The name server cannot be asked; a name that it does not know is taken for a mistake.
  'EAI_AGAIN',
]);

/** What the driver says of a server that does not answer, or hangs up. */
const HUNG_UP = /^(?:timeout expired|Connection terminated)/;

/** 53300: too many connections, which the nodes that a new one takes the place of may still have. */
const CROWDED = '53300';

/** Whether a database that cannot be had may come by itself; not one that is wrong, or that knows us not. */
export function mayCome(error: unknown): boolean {
  if (!(error instanceof StoreUnavailableError) || !(error.cause instanceof Error)) return false;
  const { cause } = error;
  const state = sqlStateOf(cause);
  if (state !== undefined) return CONNECTION.test(state) || state === CROWDED;
  return HUNG_UP.test(cause.message) || ('code' in cause && NOBODY_THERE.has(String(cause.code)));
}

/** Whether a connection was lost or not to be had, so that others are likely to be dead too. */
export function isLostConnection(error: unknown): boolean {
  if (isFaultOfData(error)) return false;
  const state = sqlStateOf(error);
  return state === undefined || CONNECTION.test(state);
}

/** The error to tell of: Node puts the refusals of a host with many addresses into one that says nothing itself. */
export function told(error: unknown): unknown {
  return error instanceof AggregateError ? (error.errors[0] ?? error) : error;
}
