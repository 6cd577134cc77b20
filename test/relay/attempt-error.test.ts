import { expect, test } from 'vitest';
import { kindOf } from '../../src/relay/attempt-error.ts';

test.each(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'ECONNRESET', 'CERT_HAS_EXPIRED', '', 'toString'])(
  'any code that is not of the relay is of the network: the target, maybe sent, worth a burst: %j',
  (code) => {
    expect(kindOf(code)).toEqual({ isTargets: true, canBeSent: true, isWorthBurst: true, isFinal: false });
  },
);

test('what the relay could not make is nobody else’s fault, was never sent, and seconds do not mend it', () => {
  for (const code of ['MISSING_REFERENCE', 'ERR_ADDRESS_REFUSED', 'ERR_TEMPLATE', 'ERR_TLS_FILES'])
    expect(kindOf(code)).toMatchObject({ isTargets: false, canBeSent: false, isWorthBurst: false });
});

test('only a template that cannot be filled in is final', () => {
  expect(kindOf('ERR_TEMPLATE').isFinal).toBe(true);
  expect(kindOf('MISSING_REFERENCE').isFinal).toBe(false);
});

test('a request that this router cut off may have been sent, and says nothing of its target', () => {
  expect(kindOf('ERR_CUT_OFF')).toMatchObject({ isTargets: false, canBeSent: true });
});
