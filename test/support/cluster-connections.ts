import { loadConfig } from '../../src/config/app-config.js';
import { ClusterConnections } from '../../src/platform/kubernetes/cluster-connections.js';

/** Connections as a process would make them from this kubeconfig. */
export function connectionsTo(kubeconfigPath: string, environment: Record<string, string> = {}): ClusterConnections {
  const settings = { DATABASE_URL: 'postgres://unused', KUBECONFIG: kubeconfigPath, ...environment };
  return new ClusterConnections(loadConfig(settings, false));
}
