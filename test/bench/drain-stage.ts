import { deployment, namespace, podDisruptionBudget } from '../../packages/simulated-cluster/src/profiles/manifests.js';
import { node } from '../../packages/simulated-cluster/src/profiles/node-manifest.js';
import { type ClusterClient, eventually } from '../support/cluster-client.js';

export interface StageShape {
  readonly name: string;
  readonly workloads: number;
  readonly podsEach: number;
  /** Each workload has a budget with `maxUnavailable: 1`. */
  readonly budgets: boolean;
  readonly readinessSeconds: number;
  readonly terminationSeconds: number;
}

/** Two large nodes and pods that go from one to the other: each drain finds the same as the drain before it. */
export class DrainStage {
  readonly namespace: string;
  private full: string;
  private spare: string;

  private constructor(
    private readonly cluster: ClusterClient,
    private readonly shape: StageShape,
  ) {
    this.namespace = `bench-${shape.name}`;
    this.full = `${shape.name}-1`;
    this.spare = `${shape.name}-2`;
  }

  static async build(cluster: ClusterClient, shape: StageShape): Promise<DrainStage> {
    const stage = new DrainStage(cluster, shape);
    await cluster.create(namespace(stage.namespace));
    await cluster.create(stage.node(stage.full));
    for (let index = 1; index <= shape.workloads; index++) await stage.furnish(`${shape.name}-app-${index}`);
    await stage.settled();
    await cluster.create(stage.node(stage.spare));
    await eventually(async () => {
      const { status } = await cluster.node(stage.spare);
      return status.conditions?.some(
        (c: { type: string; status: string }) => c.type === 'Ready' && c.status === 'True',
      );
    }, `${stage.spare} is Ready`);
    return stage;
  }

  /** The node to be drained next. */
  get target(): string {
    return this.full;
  }

  async podUids(): Promise<ReadonlySet<string>> {
    const pods = await this.cluster.podsOn(this.full);
    const { workloads, podsEach } = this.shape;
    if (pods.length !== workloads * podsEach) throw new Error(`${this.full} has ${pods.length} pods`);
    return new Set(pods.map((pod) => pod.metadata.uid));
  }

  /** After a drain: the pods run on the other node, which is the next to be drained. */
  async turn(): Promise<void> {
    [this.full, this.spare] = [this.spare, this.full];
    await this.settled();
    await this.cluster.call('PATCH', `/api/v1/nodes/${this.spare}`, { spec: { unschedulable: null } });
  }

  private node(name: string) {
    // Only the pods of this stage find their way here.
    return node({ name, cpu: 64, memoryGi: 256, labels: { stage: this.shape.name } });
  }

  private async furnish(name: string): Promise<void> {
    const { podsEach, readinessSeconds, terminationSeconds, budgets } = this.shape;
    const behaviour = {
      'start-seconds': 0.1,
      'readiness-seconds': readinessSeconds,
      'termination-seconds': terminationSeconds,
    };
    const annotations = Object.fromEntries(
      Object.entries(behaviour).map(([key, value]) => [`simulation.node-steward.dev/${key}`, String(value)]),
    );
    const spec = { nodeSelector: { stage: this.shape.name } };
    await this.cluster.create(
      deployment({ name, namespace: this.namespace, replicas: podsEach, cpu: '10m', annotations, spec }),
    );
    if (!budgets) return;
    await this.cluster.create(podDisruptionBudget(name, this.namespace, { app: name }, { maxUnavailable: 1 }));
  }

  private async settled(): Promise<void> {
    const { workloads, podsEach, budgets } = this.shape;
    const path = `/apis/policy/v1/namespaces/${this.namespace}/poddisruptionbudgets`;
    await eventually(
      async () => {
        const pods = await this.cluster.podsIn(this.namespace);
        const ready = pods.filter(
          ({ spec, status }) =>
            spec.nodeName === this.full &&
            status.conditions?.some((c: { type: string; status: string }) => c.type === 'Ready' && c.status === 'True'),
        );
        if (pods.length !== workloads * podsEach || ready.length !== pods.length) return false;
        if (!budgets) return true;
        const { items } = await this.cluster.call('GET', path);
        return items.every(
          ({ status }: { status?: { disruptionsAllowed: number } }) => status?.disruptionsAllowed === 1,
        );
      },
      `${workloads * podsEach} pods are Ready on ${this.full}`,
    );
  }
}
