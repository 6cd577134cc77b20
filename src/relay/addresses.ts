import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** An IP address, parsed. */
export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A network such as `192.168.0.0/16`, parsed. */
export type Network = readonly [Address, prefixLength: number];

/** An address in its usual spelling; `undefined` for anything else, `0x7f.1` and `2130706433` too. */
export function parseAddress(text: string): Address | undefined {
  return isIP(text) === 0 ? undefined : ipaddr.parse(text);
}

/** A network in CIDR notation, or a single address; `undefined` for anything else. */
export function parseNetwork(text: string): Network | undefined {
  const [base = '', length, ...others] = text.split('/');
  const address = parseAddress(base);
  if (address === undefined || others.length > 0) return undefined;
  const bits = address.kind() === 'ipv4' ? 32 : 128;
  if (length === undefined) return [address, bits];
  return /^\d{1,3}$/.test(length) && Number(length) <= bits ? [address, Number(length)] : undefined;
}

/** Whether an address lies in a network. */
export function isIn(address: Address, [base, prefixLength]: Network): boolean {
  return address.kind() === base.kind() && address.match(base, prefixLength);
}

/** How the kinds of addresses are called that are no place on the internet (names of ipaddr.js). */
const KINDS: Readonly<Record<string, string>> = {
  unspecified: 'an unspecified address',
  broadcast: 'the broadcast address',
  multicast: 'a multicast address',
  linkLocal: 'a link-local address',
  loopback: 'a loopback address',
  private: 'a private address',
  uniqueLocal: 'a private address',
  deprecatedSiteLocal: 'a private address',
  carrierGradeNat: 'a carrier-grade NAT address',
  ipv4Mapped: 'an IPv4 address in the form of an IPv6 address',
  rfc6145: 'an IPv4 address in the form of an IPv6 address',
  rfc6052: 'a NAT64 address',
  '6to4': 'a 6to4 address',
  teredo: 'a Teredo address',
};

/** All that is assigned of IPv6 for the internet (IANA, IPv6 address space). */
const GLOBAL_IPV6: Network = [ipaddr.parse('2000::'), 3];

/** What kind of special address this is, in words; `undefined` for a place on the internet. */
export function specialKind(address: Address): string | undefined {
  const range = address.range();
  if (range !== 'unicast') return KINDS[range] ?? 'a reserved address';
  return address.kind() === 'ipv4' || isIn(address, GLOBAL_IPV6) ? undefined : 'a reserved address';
}

/** Where an IPv6 address of a network holds an IPv4 address: the numbers of its four bytes. */
interface Embedding {
  readonly network: Network;
  readonly bytes: readonly number[];
  /** Each bit is turned round. */
  readonly isInverted?: true;
}

const LAST = [12, 13, 14, 15];

const EMBEDDINGS: readonly Embedding[] = [
  // IPv4-compatible and IPv4-mapped (RFC 4291 §2.5.5), IPv4-translated (RFC 2765 §2.1).
  { network: [ipaddr.parse('::'), 96], bytes: LAST },
  { network: [ipaddr.parse('::ffff:0:0'), 96], bytes: LAST },
  { network: [ipaddr.parse('::ffff:0:0:0'), 96], bytes: LAST },
  // NAT64 with a prefix of 96 bits (RFC 6052 §2.2, RFC 8215). Any shorter one makes 0.0.0.0 of it, which is refused.
  { network: [ipaddr.parse('64:ff9b::'), 96], bytes: LAST },
  { network: [ipaddr.parse('64:ff9b:1::'), 48], bytes: LAST },
  // 6to4 (RFC 3056 §2), Teredo: its server and its client (RFC 4380 §4).
  { network: [ipaddr.parse('2002::'), 16], bytes: [2, 3, 4, 5] },
  { network: [ipaddr.parse('2001::'), 32], bytes: [4, 5, 6, 7] },
  { network: [ipaddr.parse('2001::'), 32], bytes: LAST, isInverted: true },
];

/** The IPv4 addresses that an address leads to by one of the forms in which IPv6 holds them. */
export function embeddedIn(address: Address): Address[] {
  // :: and ::1 have the form of 0.0.0.0 and 0.0.0.1 and are addresses of their own.
  if (['unspecified', 'loopback'].includes(address.range())) return [];
  const all = address.toByteArray();
  return EMBEDDINGS.filter(({ network }) => isIn(address, network)).map(({ bytes, isInverted }) => {
    const found = bytes.map((index) => all[index] ?? 0);
    return new ipaddr.IPv4(isInverted === true ? found.map((byte) => byte ^ 0xff) : found);
  });
}
