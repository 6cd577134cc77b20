import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Tests that start processes, stub the environment or mock modules; each of their files gets a process of its own. */
const ISOLATED = ['test/e2e/**', 'test/commands/**', 'test/*.test.ts'];

/** Tests that need a PostgreSQL server, which is started once for all of them. */
const POSTGRES = 'test/**/postgres*.test.ts';

export default defineConfig({
  test: {
    // Two cores: the end-to-end tests start processes of their own.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    restoreMocks: true,
    // Tests start the router dozens of times; compiled once, it starts in half the time.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), 'hookswitch-compile-cache') },
    projects: [
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
      {
        extends: true,
        test: {
          name: 'whole',
          include: ISOLATED.map((path) => path.replace(/\*\*$/, '**/*.test.ts')),
          exclude: [POSTGRES],
        },
      },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: [POSTGRES],
          isolate: false,
          globalSetup: 'test/support/postgres-setup.ts',
        },
      },
    ],
  },
});
