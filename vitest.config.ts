import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { SlowFirst } from './test/support/slow-first.ts';

/** Tests that mock a module; each of their files gets a process of its own. */
const ISOLATED = ['test/isolation.test.ts', 'test/commands/{check,match,vendors,vendors-new}.test.ts'];

/** Tests that need a PostgreSQL server, which is started once for all of them. */
const POSTGRES = 'test/**/postgres*.test.ts';

export default defineConfig({
  test: {
    // For two cores: tests with processes and timeouts of their own wait a good part of their time.
    maxWorkers: 4,
    sequence: { sequencer: SlowFirst },
    testTimeout: 30_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    unstubEnvs: true,
    // Tests start the router dozens of times; compiled once, it starts in half the time.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'hookswitch-compile-cache') },
    projects: [
      { extends: true, test: { name: 'isolated', include: ISOLATED } },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: [POSTGRES],
          isolate: false,
          globalSetup: 'test/support/postgres-setup.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: [...ISOLATED, POSTGRES],
          // Loading the same modules for every file again takes as long as all these tests.
          isolate: false,
        },
      },
    ],
  },
});
