import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { AddressRefusedError, type NetworkGuard } from './network-guard.ts';

type Connect = HttpAgent['createConnection'];

/**
 * Agents that keep connections alive and make none to an address that the guard refuses. A connection that is kept was
 * checked when it was made.
 */
export function guardedAgents(guard: NetworkGuard): { http: HttpAgent; https: HttpsAgent } {
  return {
    http: withGuard(new HttpAgent({ keepAlive: true }), guard),
    https: withGuard(new HttpsAgent({ keepAlive: true }), guard),
  };
}

/** An agent that connects to nothing that the guard refuses, and so do all connections that it makes from now on. */
export function withGuard<Kind extends HttpAgent>(agent: Kind, guard: NetworkGuard): Kind {
  agent.createConnection = guarded(agent.createConnection.bind(agent), guard);
  return agent;
}

/** Node looks a name up by `lookup`, but connects to an address that stands in the url without asking it. */
function guarded(connect: Connect, guard: NetworkGuard): Connect {
  return (options, callback) => {
    const host = options.host ?? 'localhost';
    const reason = isIP(host) === 0 ? undefined : guard.refusal(host);
    if (reason === undefined) return connect({ ...options, lookup: guard.lookup }, callback);
    // There is no socket to give beside an error.
    callback?.(new AddressRefusedError(reason), undefined as unknown as Duplex);
    return undefined;
  };
}
