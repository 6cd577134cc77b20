import type { TestProject } from 'vitest/node';
import { startPostgres } from './postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server that tests of PostgreSQL use. */
    postgres: { readonly url: string } | { readonly missing: string };
  }
}

/**
 * Starts the server of all PostgreSQL tests, unless `DATABASE_URL` names one. Where there is none to be had, the tests are
 * skipped and say why.
 */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['DATABASE_URL'];
  if (given !== undefined && given !== '') {
    project.provide('postgres', { url: given });
    return undefined;
  }
  try {
    const server = await startPostgres();
    project.provide('postgres', { url: server.url });
    return () => server.remove();
  } catch (error) {
    const missing = error instanceof Error ? error.message : 'the server did not start';
    project.provide('postgres', { missing });
    return undefined;
  }
}
