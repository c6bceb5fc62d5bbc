import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { namespace, pod } from '../../packages/simulated-cluster/src/profiles/manifests.js';
import { node } from '../../packages/simulated-cluster/src/profiles/node-manifest.js';
import { eventually } from '../support/cluster-client.js';
import type { HttpClient } from '../support/http-client.js';
import { Installation } from '../support/installation.js';
import type { LogRoute } from './measure-logs.js';

const NODE = 'logs-1';
const POD = { namespace: 'bench-logs', name: 'chatty' };
const LINES_PER_SECOND = 200_000;
/** As many as a kubelet gives of a journal with one request. */
const MOST_NODE_LINES = 100_000;
/** As many as the simulated runtime keeps of a container's log. */
const MOST_POD_LINES = 200_000;

/** A cluster of its own with one kubelet, whose journal and container write more than anyone can read. */
export class LogStage {
  private readonly agent = new Agent({ connect: { rejectUnauthorized: false } });

  private constructor(
    private readonly installation: Installation,
    private readonly api: HttpClient,
  ) {}

  static async start(env: Record<string, string>): Promise<LogStage> {
    const installation = await Installation.start({ profile: 'empty' });
    try {
      const { cluster } = installation;
      await cluster.create(namespace(POD.namespace));
      await cluster.create(node({ name: NODE }));
      const annotations = { 'simulation.node-steward.dev/log-lines-per-second': String(LINES_PER_SECOND) };
      await cluster.create(pod({ ...POD, nodeName: NODE, annotations }));
      await eventually(async () => {
        const { status } = await cluster.call('GET', `/api/v1/namespaces/${POD.namespace}/pods/${POD.name}`);
        return status.phase === 'Running';
      }, 'the pod runs');
      await cluster.call('PUT', `/simulation/kubelets/${NODE}`, {
        logRate: { unit: 'kubelet', linesPerSecond: LINES_PER_SECOND },
      });
      // Until there are as many lines as will be asked for.
      await sleep((1000 * MOST_POD_LINES) / LINES_PER_SECOND + 2000);
      return new LogStage(installation, await installation.api(env));
    } catch (error) {
      await installation.stop();
      throw error;
    }
  }

  async routes(lines: number): Promise<LogRoute[]> {
    const { cluster, adminToken } = this.installation;
    const ours = { headers: { authorization: `Bearer ${adminToken}` } };
    const direct = { headers: { authorization: `Bearer ${cluster.token}` }, dispatcher: this.agent };
    const { status } = await cluster.node(NODE);
    const kubelet = `https://127.0.0.1:${status.daemonEndpoints.kubeletEndpoint.Port}`;
    const base = `${this.api.url}/api/v1/clusters/demo`;
    const [ofNode, ofPod] = [Math.min(lines, MOST_NODE_LINES), Math.min(lines, MOST_POD_LINES)];
    const pods = `namespaces/${POD.namespace}/pods/${POD.name}`;
    return [
      {
        what: 'log of a service of a node',
        linesEach: ofNode,
        ours: [`${base}/nodes/${NODE}/logs?tail=${ofNode}`, ours],
        direct: [`${kubelet}/logs/?query=kubelet&tailLines=${ofNode}&sinceTime=2020-01-01T00:00:00Z`, direct],
      },
      {
        what: 'log of a container',
        linesEach: ofPod,
        ours: [`${base}/${pods}/logs?tail=${ofPod}`, ours],
        direct: [`${cluster.server}/api/v1/${pods}/log?tailLines=${ofPod}`, direct],
      },
    ];
  }

  async stop(): Promise<void> {
    await this.agent.destroy();
    await this.installation.stop();
  }
}
