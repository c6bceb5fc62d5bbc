import pg from 'pg';
import { replicaSet } from '../../packages/simulated-cluster/src/profiles/manifests.js';
import { eventually } from '../support/cluster-client.js';
import { ALL_OPTIONS, FINISHED, type Operation, startDrain } from '../support/drains.js';
import type { HttpClient } from '../support/http-client.js';
import { Installation } from '../support/installation.js';
import { StartedParts } from '../support/started-parts.js';

/** Of the default simulated cluster: nothing but what a case puts there blocks their drain. */
export const NODES = ['worker-1', 'worker-2', 'worker-3', 'worker-4'] as const;

/** An API and a cluster on which faults strike; workers are the case's own. */
export class ChaosStage {
  private constructor(
    private readonly parts: StartedParts,
    readonly installation: Installation,
    readonly api: HttpClient,
    readonly database: pg.Pool,
  ) {}

  /** Nothing is left behind when a part of it does not start. */
  static start(installing: () => Promise<Installation> = () => Installation.start()): Promise<ChaosStage> {
    const parts = new StartedParts();
    return parts.orStop(async () => {
      const installation = await parts.start(installing(), (started) => started.stop());
      const api = await installation.api({ RATE_LIMIT_REQUESTS: '1000000' });
      const database = new pg.Pool({ connectionString: installation.database.url, max: 3 });
      parts.start(Promise.resolve(database), (pool) => pool.end());
      return new ChaosStage(parts, installation, api, database);
    });
  }

  /** Pods that only this node may run, so that their going is this drain's doing and nobody comes after them. */
  async fill(node: string, name: string, replicas: number): Promise<void> {
    const { cluster } = this.installation;
    await cluster.create(
      replicaSet({
        name,
        namespace: 'default',
        replicas,
        labels: { app: name },
        annotations: { 'simulation.node-steward.dev/termination-seconds': '1' },
        spec: { nodeName: undefined, nodeSelector: { 'kubernetes.io/hostname': node } },
      }),
    );
    await eventually(async () => {
      const pods = await cluster.podsOn(node);
      return pods.filter(({ metadata }) => metadata.name.startsWith(`${name}-`)).length === replicas;
    }, `${name} fills ${node}`);
  }

  drain(node: string, options: Record<string, unknown> = {}, api = this.api): Promise<Operation> {
    return startDrain(api, node, { ...ALL_OPTIONS, ...options });
  }

  /** Asks again while the row is locked by who stands still. A cancel that comes too late is refused, and that is well. */
  async cancel(id: string): Promise<void> {
    await eventually(async () => {
      const answer = await this.api.rest('POST', `/api/v1/operations/${id}/cancel`, { body: { reason: 'chaos' } });
      if (answer.status >= 500 && answer.status !== 503) throw new Error(`cancel: ${answer.status}`);
      return answer.status !== 503;
    }, `an answer to the cancel of ${id}`);
  }

  async untilEnded(ids: readonly string[], timeoutMs = 120_000): Promise<void> {
    const states = [...FINISHED];
    await eventually(
      async () => {
        const { rows } = await this.database.query(
          'SELECT count(*)::int AS ended FROM operations WHERE id = ANY($1) AND state = ANY($2)',
          [ids, states],
        );
        return rows[0].ended === ids.length;
      },
      `the end of ${ids.join(', ')}`,
      timeoutMs,
    );
  }

  /** Leaves the node as it was before the round. */
  async clear(node: string, name: string): Promise<void> {
    const { cluster } = this.installation;
    await cluster.call('DELETE', `/apis/apps/v1/namespaces/default/replicasets/${name}`);
    await cluster.call('PATCH', `/api/v1/nodes/${node}`, { spec: { unschedulable: null } });
    await eventually(async () => {
      const pods = await cluster.podsIn('default');
      return pods.every(({ metadata }) => !metadata.name.startsWith(`${name}-`));
    }, `${name} is gone`);
  }

  /** Everything is answered again. */
  async recovered(): Promise<void> {
    await eventually(
      async () => (await this.api.rest('GET', '/api/v1/operations')).status === 200,
      'all is well again',
    );
  }

  async stop(): Promise<void> {
    await this.parts.stop();
  }
}
