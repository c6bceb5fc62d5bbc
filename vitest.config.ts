import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

// Vite would load graphql's ES module build beside the CommonJS one that Node gives to Nest: two copies refuse each other.
const resolve = { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql/index.js')) }] };

/** Loads a second copy of the product, whose types Nest would find beside those of the first. */
const ALONE = ['test/integration/operations/toy-operation.spec.ts'];

/** The long ones first: what begins last decides when the run ends. */
const ORDER = ['chaos', 'e2e-redis', 'e2e-postgres', 'integration-alone', 'integration', 'unit'];

/**
 * Most tests wait, for other processes or for a fault to pass: one worker a core, or Vitest's one less, would leave half of the
 * machine idle. Those that boot processes of the product come first and fewer at a time.
 */
const BOOTING = { maxWorkers: availableParallelism() + 1, sequence: { groupOrder: 0 } };
const IN_PROCESS = { maxWorkers: 2 * availableParallelism() + 1, sequence: { groupOrder: 1 } };

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project }: TestSpecification) => ORDER.indexOf(project.name);
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b));
  }
}

// unit: pure code, no server. integration: real servers in this process. e2e: the built dist, booted as users boot it.
// chaos: the same under faults; `npm run chaos` runs more rounds.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        resolve,
        // Pure code leaves nothing behind, so the files of a worker share their modules.
        test: {
          name: 'unit',
          ...IN_PROCESS,
          include: ['src/**/*.spec.ts', 'packages/*/src/**/*.spec.ts', 'test/architecture/**/*.spec.ts'],
          isolate: false,
          testTimeout: 120_000,
        },
      },
      {
        resolve,
        test: {
          name: 'integration',
          ...IN_PROCESS,
          // Loading the product anew for each file took longer than most of the files; each starts its servers itself.
          isolate: false,
          include: ['test/contract/**/*.spec.ts', 'test/integration/**/*.spec.ts', 'packages/*/test/**/*.spec.ts'],
          exclude: ALONE,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        resolve,
        test: { name: 'integration-alone', ...IN_PROCESS, include: ALONE, testTimeout: 180_000, hookTimeout: 300_000 },
      },
      {
        resolve,
        test: {
          name: 'chaos',
          ...BOOTING,
          include: ['test/chaos/**/*.spec.ts'],
          testTimeout: 600_000,
          hookTimeout: 180_000,
          // Each case is an installation of its own, which for the most part waits for its fault to pass.
          maxConcurrency: 3,
        },
      },
      // The same suite on both backends of the queue.
      e2e('postgres'),
      e2e('redis'),
    ],
  },
});

function e2e(queue: 'postgres' | 'redis') {
  return {
    resolve,
    test: {
      name: `e2e-${queue}`,
      ...BOOTING,
      include: ['test/e2e/**/*.spec.ts'],
      env: { E2E_QUEUE: queue },
      testTimeout: 300_000,
      hookTimeout: 300_000,
    },
  };
}
