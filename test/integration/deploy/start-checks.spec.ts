import { Inject, Module, type OnModuleInit, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../src/config/app-config.js';
import { OperationProcessor } from '../../../src/features/operations/engine/operation.processor.js';
import { OperationRunners } from '../../../src/features/operations/engine/operation-runner.service.js';
import { OPERATION_TYPES } from '../../../src/features/operations/operation-definitions.js';
import { OperationsWorkerModule } from '../../../src/features/operations/operations-worker.module.js';
import { StartupError } from '../../../src/kernel/startup-error.js';
import { runMigrations } from '../../../src/platform/postgres/run-migrations.js';
import { JobHandlers } from '../../../src/platform/queue/job-handler.js';
import { queuedJob } from '../../../src/platform/queue/queued-job.js';
import { WorkerModule } from '../../../src/worker.module.js';
import { testDatabase } from '../../support/postgres.js';
import { type ClusterProcess, startTestCluster } from '../../support/simulated-cluster.js';

const nothing = () => Promise.resolve();

@Module({ imports: [OperationsWorkerModule] })
class WithSecondRunner implements OnModuleInit {
  constructor(@Inject(OperationRunners) private readonly runners: OperationRunners) {}

  onModuleInit(): void {
    this.runners.register({ type: 'DRAIN', run: nothing, abandon: async () => ({}) });
  }
}

@Module({})
class WithSecondHandler implements OnModuleInit {
  constructor(@Inject(JobHandlers) private readonly handlers: JobHandlers) {}

  onModuleInit(): void {
    this.handlers.register({ job: 'maintenance-run', run: nothing });
  }
}

/** As if another job were declared. Declared in truth it would stay so for all tests of this process. */
@Module({})
class WithUnhandledJob implements OnModuleInit {
  constructor(@Inject(JobHandlers) private readonly handlers: JobHandlers) {}

  onModuleInit(): void {
    const { handlers } = this;
    const requireReady = handlers.requireReady.bind(handlers);
    handlers.requireReady = (jobs) => requireReady([...jobs, 'handled-by-nobody']);
  }
}

/** What takes operations off the queue, as it would be had nobody registered a runner. */
@Module({ imports: [OperationsWorkerModule] })
class WithoutRunners implements OnModuleInit {
  constructor(@Inject(JobHandlers) private readonly handlers: JobHandlers) {}

  onModuleInit(): void {
    const processor = new OperationProcessor(null as never, new OperationRunners(), null as never);
    this.handlers.register({ job: 'again', run: nothing, requireReady: () => processor.requireReady() });
  }
}

describe('11.3 a worker refuses to start', () => {
  let cluster: Pick<ClusterProcess, 'kubeconfigPath' | 'close'>;
  let databaseUrl: string;

  beforeAll(async () => {
    cluster = await startTestCluster({ profile: 'empty' });
    databaseUrl = (await testDatabase()).url;
    await runMigrations(databaseUrl);
  });
  afterAll(() => cluster?.close());

  /** What the start says, in the words that main prints. */
  const refusal = async (extra: Type[]): Promise<string> => {
    const settings = { LOG_LEVEL: 'silent', LOG_FORMAT: 'json', ROLE: 'worker', DATABASE_URL: databaseUrl };
    const config = loadConfig({ ...settings, KUBECONFIG: cluster.kubeconfigPath }, false);
    @Module({ imports: [WorkerModule.of(config), ...extra] })
    class Root {}
    try {
      const app = await NestFactory.createApplicationContext(Root, { logger: false, abortOnError: false });
      await app.close();
      return 'started';
    } catch (error) {
      expect(error).toBeInstanceOf(StartupError);
      return (error as Error).message;
    }
  };

  it('only when something is amiss', async () => {
    expect(await refusal([])).toBe('started');
  });

  it('when two runners claim a type of operation', async () => {
    expect(await refusal([WithSecondRunner])).toMatch(/^two runners claim operations of the type DRAIN: [^\n]+$/);
  });

  it('when two handlers claim a job', async () => {
    expect(await refusal([WithSecondHandler])).toMatch(/^two handlers claim the job maintenance-run [^\n]+$/);
  });

  it('when a type of operation lacks a runner', async () => {
    const types = OPERATION_TYPES.join(', ');
    expect(await refusal([WithoutRunners])).toContain(`nothing runs operations of these types: ${types}.`);
  });

  it('when a job of the queue lacks a handler', async () => {
    expect(() => queuedJob('maintenance-run')).toThrow(StartupError);
    expect(await refusal([WithUnhandledJob])).toMatch(
      /^nothing handles these jobs of the queue: handled-by-nobody\. [^\n]+$/,
    );
  });
});
