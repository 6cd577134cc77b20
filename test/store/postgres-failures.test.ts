import { describe, expect, it } from 'vitest';
import { mayCome } from '../../src/store/postgres/failures.ts';
import { StoreUnavailableError } from '../../src/store/store.ts';

/** An error as the driver makes it of what the database says. */
function said(sqlState: string): Error {
  return Object.assign(new Error('what it said'), { code: sqlState, severity: 'FATAL' });
}

function ofSystem(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

describe('a database that cannot be had', () => {
  it.each([
    ['is starting up', said('57P03')],
    ['is shutting down', said('57P01')],
    ['has too many connections', said('53300')],
    ['is not listened for', ofSystem('ECONNREFUSED')],
    ['cannot be looked up now', ofSystem('EAI_AGAIN')],
    ['does not answer', new Error('timeout expired')],
    ['hangs up', new Error('Connection terminated unexpectedly')],
  ])('and %s may come', (_what, error) => {
    expect(mayCome(new StoreUnavailableError(error))).toBe(true);
  });

  it.each([
    ['does not know the password', said('28P01')],
    ['lets nobody in from here', said('28000')],
    ['is not there', said('3D000')],
    ['gives no right to make the schema', said('42501')],
    ['has a name that nobody knows', ofSystem('ENOTFOUND')],
    ['has a certificate that nobody vouches for', ofSystem('SELF_SIGNED_CERT_IN_CHAIN')],
    ['wants a password that was not given', new Error('SASL: client password must be a string')],
  ])('and %s may not', (_what, error) => {
    expect(mayCome(new StoreUnavailableError(error))).toBe(false);
  });

  it('because of a newer schema may not', () => {
    expect(mayCome(new Error('the schema has version 9'))).toBe(false);
  });
});
