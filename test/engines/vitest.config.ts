import { defineConfig } from 'vitest/config';

// Real engines, one after the other: each is a machine of its own.
export default defineConfig({
  test: {
    include: ['test/engines/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: 900_000,
    hookTimeout: 1_800_000,
    fileParallelism: false,
    pool: 'forks',
  },
});
