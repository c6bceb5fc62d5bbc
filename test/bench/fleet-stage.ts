import { deployment, namespace } from '../../packages/simulated-cluster/src/profiles/manifests.js';
import { node } from '../../packages/simulated-cluster/src/profiles/node-manifest.js';
import { type ClusterClient, eventually } from '../support/cluster-client.js';

export interface FleetShape {
  /** To be drained; as many spare ones take the pods. */
  readonly nodes: number;
  readonly podsEach: number;
  readonly readinessSeconds: number;
  readonly terminationSeconds: number;
}

const NAMESPACE = 'bench-fleet';
const APP = 'fleet-app';
const POOL = 'fleet=first';

/** A pool of nodes with pods on each, and room elsewhere: filled anew before each drain, so that each finds the same. */
export class FleetStage {
  readonly namespace = NAMESPACE;
  readonly selector = POOL;

  private constructor(
    private readonly cluster: ClusterClient,
    private readonly shape: FleetShape,
  ) {}

  static async build(cluster: ClusterClient, shape: FleetShape): Promise<FleetStage> {
    const stage = new FleetStage(cluster, shape);
    await cluster.create(namespace(NAMESPACE));
    for (const fleet of ['first', 'spare'] as const) {
      for (const name of stage.names(fleet)) {
        // Only the pods of this stage find their way here.
        await cluster.create(node({ name, cpu: 16, memoryGi: 64, labels: { stage: 'fleet', fleet } }));
      }
    }
    await cluster.create(
      deployment({
        name: APP,
        namespace: NAMESPACE,
        replicas: 0,
        cpu: '10m',
        annotations: {
          'simulation.node-steward.dev/start-seconds': '0.1',
          'simulation.node-steward.dev/readiness-seconds': String(shape.readinessSeconds),
          'simulation.node-steward.dev/termination-seconds': String(shape.terminationSeconds),
        },
        spec: { nodeSelector: { stage: 'fleet' } },
      }),
    );
    return stage;
  }

  /** The same number of Ready pods on each node of the pool, none elsewhere, and every node open. @returns their UIDs */
  async fill(): Promise<ReadonlySet<string>> {
    await this.scale(0);
    await eventually(async () => (await this.pods()).length === 0, 'the fleet is empty');
    await this.open('first', true);
    await this.open('spare', false);
    await this.scale(this.shape.nodes * this.shape.podsEach);
    const pods = await eventually(() => this.evenlyReady(), 'the pool is full', 60_000);
    await this.open('spare', true);
    return new Set(pods.map((pod) => pod.metadata.uid));
  }

  private async evenlyReady() {
    const pods = await this.pods();
    const { nodes, podsEach } = this.shape;
    if (pods.length !== nodes * podsEach) return false;
    const counts = new Map<string, number>();
    for (const { spec, status } of pods) {
      const isReady = status.conditions?.some(
        (c: { type: string; status: string }) => c.type === 'Ready' && c.status === 'True',
      );
      if (isReady) counts.set(spec.nodeName, (counts.get(spec.nodeName) ?? 0) + 1);
    }
    return this.names('first').every((name) => counts.get(name) === podsEach) && pods;
  }

  private pods() {
    return this.cluster.podsIn(NAMESPACE);
  }

  private names(fleet: 'first' | 'spare'): string[] {
    return Array.from({ length: this.shape.nodes }, (_, index) => `fleet-${fleet}-${index + 1}`);
  }

  private async scale(replicas: number): Promise<void> {
    const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/${APP}`;
    await this.cluster.call('PATCH', path, { spec: { replicas } });
  }

  private async open(fleet: 'first' | 'spare', isOpen: boolean): Promise<void> {
    const spec = { unschedulable: isOpen ? null : true };
    await Promise.all(this.names(fleet).map((name) => this.cluster.call('PATCH', `/api/v1/nodes/${name}`, { spec })));
  }
}
