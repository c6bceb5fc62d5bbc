import { defineConfig } from 'vitest/config';

// unit: pure code, no server. integration: real servers in this process. e2e: the built dist, booted as users boot it.
export default defineConfig({
  test: {
    reporters: process.env.CI ? ['default'] : ['default'],
    projects: [
      { test: { name: 'unit', include: ['src/**/*.spec.ts', 'test/architecture/**/*.spec.ts'], testTimeout: 20_000 } },
      {
        test: {
          name: 'integration',
          include: ['test/contract/**/*.spec.ts', 'test/integration/**/*.spec.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.spec.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
