import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { parse } from 'yaml';

interface KubeconfigFile {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { token: string } }[];
}

export interface EvictionLog {
  byUid: Record<string, number>;
  evictions: { uid: string; namespace: string; name: string }[];
}

const PLURALS: Record<string, string> = {
  Namespace: 'api/v1/namespaces',
  Node: 'api/v1/nodes',
  Pod: 'api/v1/pods',
  ReplicaSet: 'apis/apps/v1/replicasets',
  Deployment: 'apis/apps/v1/deployments',
  StatefulSet: 'apis/apps/v1/statefulsets',
  DaemonSet: 'apis/apps/v1/daemonsets',
  Job: 'apis/batch/v1/jobs',
  PodDisruptionBudget: 'apis/policy/v1/poddisruptionbudgets',
};

/** Talks to the simulated cluster past the product: arranges what a test needs and looks at what is left. */
export class ClusterClient {
  readonly server: string;
  readonly token: string;
  private readonly agent: Agent;

  constructor(kubeconfigPath: string) {
    const file = parse(readFileSync(kubeconfigPath, 'utf8')) as KubeconfigFile;
    const [entry] = file.clusters;
    if (!entry) throw new Error(`${kubeconfigPath} names no cluster`);
    const { server, 'certificate-authority-data': ca } = entry.cluster;
    this.server = server;
    this.token = file.users[0]?.user.token as string;
    this.agent = new Agent({ connect: { ca: Buffer.from(ca, 'base64').toString() } });
  }

  // biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came
  async call<T = any>(method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
    const answer = await request(`${this.server}${path}`, {
      method,
      dispatcher: this.agent,
      headers: {
        authorization: `Bearer ${this.token}`,
        'content-type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode >= 300) throw new Error(`${method} ${path}: ${answer.statusCode} ${text}`);
    return JSON.parse(text) as T;
  }

  // biome-ignore lint/suspicious/noExplicitAny: manifests of any kind
  create(manifest: any): Promise<any> {
    const [root, plural] = splitPlural(PLURALS[manifest.kind] as string);
    const { namespace } = manifest.metadata;
    return this.call('POST', `/${root}/${namespace ? `namespaces/${namespace}/` : ''}${plural}`, manifest);
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  async podsOn(node: string): Promise<any[]> {
    return (await this.call('GET', `/api/v1/pods?fieldSelector=spec.nodeName%3D${node}`)).items;
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  async podsIn(namespace: string): Promise<any[]> {
    return (await this.call('GET', `/api/v1/namespaces/${namespace}/pods`)).items;
  }

  // biome-ignore lint/suspicious/noExplicitAny: as above
  node(name: string): Promise<any> {
    return this.call('GET', `/api/v1/nodes/${name}`);
  }

  evictions(): Promise<EvictionLog> {
    return this.call('GET', '/simulation/evictions');
  }

  setFaults(...faults: unknown[]): Promise<unknown> {
    return this.call('PUT', '/simulation/faults', { faults });
  }

  clearFaults(): Promise<unknown> {
    return this.call('DELETE', '/simulation/faults');
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }
}

function splitPlural(path: string): [string, string] {
  const at = path.lastIndexOf('/');
  return [path.slice(0, at), path.slice(at + 1)];
}

/** Waits until `probe` gives something; the last answer is in the error. */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false>,
  what: string,
  timeoutMs = 60_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what} did not happen in ${timeoutMs} ms`, { cause: last });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
