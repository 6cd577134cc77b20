import { readTlsFiles, TlsFilesError } from '../../relay/tls-agents.ts';
import type { TlsFiles } from '../../webhooks/connection.ts';

/** How long an answer is good for: reading certificates takes longer than all else of showing a webhook. */
const FRESH_MS = 3_000;

/** Tells why certificates cannot be used. */
export class TlsProblems {
  readonly #known = new Map<string, { readonly atMs: number; readonly problem: string | undefined }>();

  /** `undefined` when nothing is wrong with them. */
  of(files: TlsFiles): string | undefined {
    const nowMs = Date.now();
    for (const [key, { atMs }] of this.#known) if (nowMs - atMs >= FRESH_MS) this.#known.delete(key);
    const key = JSON.stringify(files);
    const known = this.#known.get(key) ?? { atMs: nowMs, problem: problemOf(files) };
    this.#known.set(key, known);
    return known.problem;
  }
}

function problemOf(files: TlsFiles): string | undefined {
  try {
    readTlsFiles(files);
    return undefined;
  } catch (error) {
    if (error instanceof TlsFilesError) return error.message;
    throw error;
  }
}
