import { defineConfig } from 'vitest/config';

// Two kinds of test files. Those of the compiler need no server, keep nothing between files and share what they import; all others have a
// process of their own and the run's servers. Attacks look at processes, so they are of the second kind.

const SHARED = 'test/compiler/**/*.test.ts';
const ATTACKS = 'test/compiler/attacks/**';

export default defineConfig({
  test: {
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: 'forks',
    // One more than the cores of a small machine: many tests wait for a lease, a tick or a process.
    maxWorkers: 3,
    projects: [
      { extends: true, test: { name: 'compiler', include: [SHARED], exclude: [ATTACKS], isolate: false } },
      {
        extends: true,
        test: {
          name: 'hera',
          include: ['test/**/*.test.ts'],
          exclude: ['test/compiler/!(attacks)/**', 'test/compiler/*.test.ts', 'test/engines/**', '**/node_modules/**'],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
});
