import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { embeddedIn, isIn, parseAddress, parseNetwork, specialKind, type Address } from './addresses.ts';
import type { RelayErrorCode } from './attempt-error.ts';

/**
 * Addresses at which clouds hand their credentials to whoever asks from inside. Refused whatever is allowed: an allowed
 * network is meant for the targets in it.
 */
const METADATA: ReadonlyMap<string, string> = new Map([
  ['169.254.169.254', 'AWS, Azure, Google Cloud, Oracle and others'],
  ['169.254.170.2', 'AWS ECS'],
  ['169.254.170.23', 'AWS EKS'],
  ['169.254.42.42', 'Scaleway'],
  ['169.254.0.23', 'Tencent Cloud'],
  ['168.63.129.16', 'Azure'],
  ['100.100.100.200', 'Alibaba Cloud'],
  ['192.0.0.192', 'Oracle Cloud'],
  ['fd00:ec2::254', 'AWS'],
  ['fd00:ec2::23', 'AWS EKS'],
  ['fd20:ce::254', 'Google Cloud'],
  ['fd00:42::42', 'Scaleway'],
]);

const ADVICE = 'relay.allowNetworks in the configuration does not name it';

/** Carries the reason why an address was not connected to; `code` is what the attempt is recorded with. */
export class AddressRefusedError extends Error {
  readonly code = 'ERR_ADDRESS_REFUSED' satisfies RelayErrorCode;

  constructor(reason: string) {
    super(reason);
    this.name = 'AddressRefusedError';
  }
}

/** Finds the addresses of a name, as `dns.lookup` does with `all`. */
export type Resolve = (
  hostname: string,
  options: { readonly all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/**
 * Keeps requests out of networks that they have no business in: a webhook's url, or the name in it, may lead to this
 * machine, to its neighbours or to a cloud's metadata. What is checked is the address a connection is made to.
 */
export class NetworkGuard {
  readonly #allowed;
  readonly #resolve: Resolve;

  /**
   * @param allowNetworks in CIDR notation, or single addresses.
   * @param resolve stands in the place of `dns.lookup`.
   * @throws TypeError for a text that is no network.
   */
  constructor(allowNetworks: readonly string[], resolve: Resolve = lookup) {
    this.#resolve = resolve;
    this.#allowed = allowNetworks.map((text) => {
      const network = parseNetwork(text);
      if (network === undefined) throw new TypeError(`"${text}" is not a network in CIDR notation`);
      return network;
    });
  }

  /**
   * Why nothing is sent to an address; `undefined` when it may be sent to. An IPv6 address that holds an IPv4 address has
   * to be allowed in both its forms.
   */
  refusal(text: string): string | undefined {
    const address = parseAddress(text);
    if (address === undefined) return `${text} is not an IP address`;
    const all = [address, ...embeddedIn(address)];
    const cloud = all.map((each) => METADATA.get(each.toString())).find((name) => name !== undefined);
    if (cloud !== undefined)
      return `${text} leads to the metadata service of ${cloud}, which is refused whatever relay.allowNetworks says`;
    const refused = all.find((each) => specialKind(each) !== undefined && !this.#isAllowed(each));
    if (refused === undefined) return undefined;
    const led = refused === address ? 'is' : `leads to ${refused.toString()},`;
    return `${text} ${led} ${String(specialKind(refused))}, and ${ADVICE}`;
  }

  /**
   * `dns.lookup` for connections: gives only those addresses of a name that may be sent to, and an `AddressRefusedError`
   * when there is none. The connection is made to what is given here and the name is not looked up again, so it cannot
   * mean another address by then.
   */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.#resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        callback(error, '');
        return;
      }
      const good = addresses.filter(({ address }) => this.refusal(address) === undefined);
      const [first] = good;
      if (first === undefined) callback(this.#nowhere(hostname, addresses), '');
      else if (options.all === true) callback(null, good);
      else callback(null, first.address, first.family);
    });
  };

  /**
   * Why nothing will be sent to a url, as far as it shows: its host is an address or this machine's own name. Another name
   * may mean another address at any time; it is judged when sending.
   */
  readonly targetProblem = (url: URL): string | undefined => {
    const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    if (isIP(host) !== 0) return this.refusal(host);
    if (host !== 'localhost' && !host.endsWith('.localhost')) return undefined;
    return this.refusal('::1') === undefined ? undefined : this.refusal('127.0.0.1');
  };

  #isAllowed(address: Address): boolean {
    return this.#allowed.some((network) => isIn(address, network));
  }

  #nowhere(hostname: string, [first]: readonly LookupAddress[]): AddressRefusedError {
    const reason = first === undefined ? 'it has no address' : this.refusal(first.address);
    return new AddressRefusedError(`${hostname} is not sent to: ${String(reason)}`);
  }
}
