import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { AddressRefusedError, type NetworkGuard } from './network-guard.ts';

/**
 * A connection that is idle for so long is closed: as long as Node's own agent keeps one, and no longer than most servers
 * do, so that few requests go out on one that the target is just closing.
 */
const IDLE_MS = 5_000;

/** How connections are kept alive. The time counts only while no request is under way. */
export const KEEP_ALIVE = { keepAlive: true, timeout: IDLE_MS } as const;

/** Whoever answers must show who it is, also where NODE_TLS_REJECT_UNAUTHORIZED is set for the sake of something else. */
export const HTTPS = { ...KEEP_ALIVE, rejectUnauthorized: true } as const;

type Connect = HttpAgent['createConnection'];

/**
 * Agents that keep connections alive for a few seconds and make none to an address that the guard refuses. A connection that is kept was
 * checked when it was made.
 */
export function guardedAgents(guard: NetworkGuard): { http: HttpAgent; https: HttpsAgent } {
  return {
    http: withGuard(new HttpAgent(KEEP_ALIVE), guard),
    https: withGuard(new HttpsAgent(HTTPS), guard),
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
