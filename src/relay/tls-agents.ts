import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { Agent } from 'node:https';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import type { TlsFiles } from '../webhooks/connection.ts';
import { HTTPS, withGuard } from './guarded-agents.ts';
import type { NetworkGuard } from './network-guard.ts';

/** Thrown when the certificates of a target cannot be used. The message names the file and holds nothing of it. */
export class TlsFilesError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TlsFilesError';
  }
}

/** The connections of one identity. */
interface Entry {
  readonly agent: Agent;
  /** Changes with the files. */
  readonly version: string;
  checkedAtMs: number;
}

/** How often it is looked whether files have changed. */
const CHECK_INTERVAL_MS = 1_000;
/** An identity that has not been used for so long is forgotten when another is used. */
const IDLE_MS = 600_000;

/**
 * Agents with client certificates and authorities of their own. Each identity has its own connections, which are kept
 * alive for a few seconds, and closed once the files have changed.
 */
export class TlsAgents {
  readonly #entries = new Map<string, Entry>();
  readonly #guard: NetworkGuard;
  readonly #now: () => number;

  /**
   * @param guard decides which addresses are connected to.
   * @param now epoch milliseconds.
   */
  constructor(guard: NetworkGuard, now: () => number) {
    this.#guard = guard;
    this.#now = now;
  }

  /** @throws TlsFilesError when a file cannot be read or used. */
  agentFor(files: TlsFiles): Agent {
    const key = JSON.stringify([files.certFile, files.keyFile, files.caFile]);
    const entry = this.#entries.get(key);
    const nowMs = this.#now();
    if (entry !== undefined && nowMs - entry.checkedAtMs < CHECK_INTERVAL_MS) return entry.agent;
    const version = versionOf(files);
    if (entry?.version === version) {
      entry.checkedAtMs = nowMs;
      return entry.agent;
    }
    const secureContext = readTlsFiles(files);
    const agent = withGuard(new Agent({ ...HTTPS, secureContext }), this.#guard);
    if (entry !== undefined) retire(entry.agent);
    this.#entries.set(key, { agent, version, checkedAtMs: nowMs });
    this.#retireUnused(nowMs);
    return agent;
  }

  /** Closes all connections. */
  close(): void {
    for (const { agent } of this.#entries.values()) agent.destroy();
    this.#entries.clear();
  }

  #retireUnused(nowMs: number): void {
    for (const [key, { agent, checkedAtMs }] of this.#entries) {
      if (nowMs - checkedAtMs < IDLE_MS) continue;
      retire(agent);
      this.#entries.delete(key);
    }
  }
}

/**
 * Reads certificates and sees whether they can be used together.
 *
 * @throws TlsFilesError
 */
export function readTlsFiles(files: TlsFiles): SecureContext {
  const [cert, key, ca] = [files.certFile, files.keyFile, files.caFile].map((path) =>
    path === undefined ? undefined : readText(path),
  );
  try {
    return createSecureContext({ cert, key, ca: ca === undefined ? undefined : authoritiesWith(ca) });
  } catch (error) {
    const paths = Object.values(files).join(', ');
    throw new TlsFilesError(`${paths} cannot be used for TLS: ${(error as Error).message}`);
  }
}

/** Given alone, an authority would be trusted in the place of the well-known ones. @throws Error when it is none. */
function authoritiesWith(ca: string): string[] {
  // createSecureContext passes over what is no certificate.
  new X509Certificate(ca);
  return [...getCACertificates('default'), ca];
}

function readText(path: string): string {
  return reading(path, () => readFileSync(path, 'utf8'));
}

function versionOf(files: TlsFiles): string {
  return Object.values(files)
    .map((path: string) => reading(path, () => statSync(path)))
    .map(({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`)
    .join();
}

function reading<Result>(path: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new TlsFilesError(`${path} cannot be read: ${(error as Error).message}`);
  }
}

/** Closes an agent's idle connections now and the others when what is under way on them has ended. */
function retire(agent: Agent): void {
  agent.maxFreeSockets = 0;
  for (const socket of Object.values(agent.freeSockets).flat()) socket?.destroy();
}
