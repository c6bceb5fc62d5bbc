import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiServer } from './api/api-server.js';
import { CertificateAuthority } from './api/certificate-authority.js';
import { ClusterAccess } from './api/cluster-access.js';
import { renderKubeconfig } from './api/kubeconfig.js';
import { signApprovedRequests } from './api/sign-approved-requests.js';
import { type RunningControllers, startControllers } from './controllers/start-controllers.js';
import type { FaultInjector } from './faults/fault-injector.js';
import { defaultHost, kubeadmConfigYaml } from './host/default-host.js';
import { HostFleet } from './host/host-fleet.js';
import { KubeletFleet } from './kubelet/kubelet-fleet.js';
import { loadDefaultCertificateRequests } from './profiles/default-certificate-requests.js';
import { loadDefaultProfile } from './profiles/default-profile.js';
import { loadEmptyProfile } from './profiles/empty-profile.js';
import { loadScaleProfile, type ScaleOptions } from './profiles/scale-profile.js';
import { ObjectStore } from './store/object-store.js';

export interface SimulatedClusterOptions {
  /** Context name in the kubeconfig. */
  readonly name?: string;
  readonly port?: number;
  /** Holds the CA, the admin token and the kubeconfig. */
  readonly dataDir: string;
  readonly profile?: 'default' | 'empty' | 'scale';
  /** Size of the scale profile. */
  readonly scale?: ScaleOptions;
  readonly seed?: number;
  /** Two means that simulated durations pass twice as fast. */
  readonly timeScale?: number;
  /** One HTTPS port per node; off by default in the scale profile. */
  readonly kubelets?: boolean;
  readonly bookmarkSeconds?: number;
}

export interface SimulatedCluster {
  readonly name: string;
  readonly url: string;
  readonly kubeconfigPath: string;
  readonly adminToken: string;
  readonly store: ObjectStore;
  readonly access: ClusterAccess;
  readonly faults: FaultInjector;
  readonly api: ApiServer;
  readonly controllers: RunningControllers;
  readonly hosts: HostFleet;
  readonly kubelets: KubeletFleet;
  /** Writes a kubeconfig for one more user; returns its path. */
  writeKubeconfig(user: string, token: string): Promise<string>;
  close(): Promise<void>;
}

/** Starts a whole cluster in this process: store, controllers, and the API server on HTTPS. */
export async function startSimulatedCluster(options: SimulatedClusterOptions): Promise<SimulatedCluster> {
  const { dataDir, seed = 1, name = 'demo' } = options;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const authority = await CertificateAuthority.open(join(dataDir, 'pki'));
  const serving = await authority.issue({
    commonName: 'kube-apiserver',
    dnsNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
    ipAddresses: ['127.0.0.1', '::1', '10.96.0.1'],
  });
  const access = new ClusterAccess();
  const adminToken = access.addAdmin('kubernetes-admin', await keptSecret(join(dataDir, 'admin.token')));
  // Microseconds: later than every version of an earlier run, for clients that live longer than this process.
  const store = new ObjectStore({ seed, startVersion: Date.now() * 1000 });
  const { timeScale, profile = 'default' } = options;
  const hosts = new HostFleet((node) => ({ ...defaultHost(node), ...kubeletVersionOf(store, node) }), timeScale);
  const controllers = startControllers(store, {
    timeScale,
    hostRunner: hosts,
    // Thousands of leases every ten seconds would keep everybody busy with nothing.
    leaseRenewMs: profile === 'scale' ? 120_000 : undefined,
    load: (store) => LOADERS[profile](store, options.scale),
  });
  if (profile === 'default') await loadDefaultCertificateRequests(store);
  const { certificatePem: caCertificate } = authority;
  const { bookmarkSeconds } = options;
  const api = new ApiServer({ store, access, caCertificate, serving, seed, bookmarkSeconds });
  const stopSigning = signApprovedRequests(store, authority);
  const kubelets = new KubeletFleet(controllers, hosts, access, authority);
  api.podLogs = kubelets;
  api.controlKubelet = (node, change) => kubelets.control(node, change);
  if (options.kubelets ?? options.profile !== 'scale') await kubelets.start();
  const url = `https://127.0.0.1:${await api.listen(options.port)}`;
  const writeKubeconfig = async (user: string, token: string): Promise<string> => {
    const path = join(dataDir, user === 'admin' ? 'kubeconfig' : `kubeconfig-${user}`);
    await writePrivate(path, renderKubeconfig({ name, url, caCertificate, token, user: `${name}-${user}` }));
    return path;
  };
  const kubeconfigPath = await writeKubeconfig('admin', adminToken);
  const close = async (): Promise<void> => {
    controllers.stop();
    stopSigning();
    await Promise.all([api.close(), kubelets.close()]);
  };
  return {
    name,
    url,
    kubeconfigPath,
    adminToken,
    store,
    access,
    faults: api.faults,
    api,
    controllers,
    hosts,
    kubelets,
    writeKubeconfig,
    close,
  };
}

type Loader = (store: ObjectStore, scale?: ScaleOptions) => void;

const LOADERS: Readonly<Record<NonNullable<SimulatedClusterOptions['profile']>, Loader>> = {
  default: (store) => loadDefaultProfile(store, { kubeletConfigYaml: kubeadmConfigYaml() }),
  empty: loadEmptyProfile,
  scale: loadScaleProfile,
};

function kubeletVersionOf(store: ObjectStore, node: string): { kubeletVersion?: string } {
  const version = store.get('Node', undefined, node)?.status?.nodeInfo?.kubeletVersion;
  return version ? { kubeletVersion: version } : {};
}

/** A random token made once; a kubeconfig that was copied away keeps working after a restart. */
async function keptSecret(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch {
    const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString('base64url');
    await writePrivate(path, secret);
    return secret;
  }
}

async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  // The mode above counts only for a new file.
  await chmod(path, 0o600);
}
