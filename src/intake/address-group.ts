/** What stands for an address where callers are counted: who has one IPv6 address has the 2^64 beside it too (RFC 6177). */
export function addressGroup(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const whole = tail === undefined ? before : [...before, ...zeros, ...after];
  return whole.slice(0, 4).join(':');
}
