import type { BootedProcess } from '../support/processes.js';
import type { ChaosStage } from './chaos-stage.js';

/** Two workers, one of which can be told by the operations that it holds. */
export class WorkerPair {
  private constructor(
    private readonly stage: ChaosStage,
    private readonly env: readonly Record<string, string>[],
    readonly workers: BootedProcess[],
  ) {}

  static async start(stage: ChaosStage, first: Record<string, string>, second = first): Promise<WorkerPair> {
    const env = [first, second];
    return new WorkerPair(stage, env, await Promise.all(env.map((each) => stage.installation.worker(each))));
  }

  /** The one that holds most of these operations, as the database has it. */
  async holder(ids: readonly string[]): Promise<number> {
    const { rows } = await this.stage.database.query<{ claimedBy: string | null }>(
      'SELECT claimed_by AS "claimedBy" FROM operations WHERE id = ANY($1)',
      [ids],
    );
    const held = this.workers.map(({ pid }) => rows.filter(({ claimedBy }) => claimedBy?.includes(`/${pid}/`)).length);
    return (held[0] ?? 0) >= (held[1] ?? 0) ? 0 : 1;
  }

  worker(index: number): BootedProcess {
    return this.workers[index] as BootedProcess;
  }

  /** Another in the place of one that has ended. */
  async replace(index: number): Promise<void> {
    this.workers[index] = await this.stage.installation.worker(this.env[index]);
  }
}
