import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { AppConfig } from '../../config/app-config.js';
import { StartupError } from '../../kernel/startup-error.js';

/** Where one cluster's address and credentials come from. */
export type ClusterSource =
  | { readonly name: string; readonly kind: 'kubeconfig'; readonly path: string; readonly context: string }
  | { readonly name: string; readonly kind: 'in-cluster' };

const IN_CLUSTER_NAME = 'in-cluster';

/**
 * The clusters that the configuration names. Only context names are read here: whether a context works shows when its
 * cluster is asked, so that a broken one stops neither the start nor the others.
 * @throws StartupError if the kubeconfig can't be read at all, or has no context.
 */
export function clusterSources(kubernetes: AppConfig['kubernetes']): ClusterSource[] {
  const { kubeconfigPath: path, contexts } = kubernetes;
  if (path === null) return [{ name: contexts[0] ?? IN_CLUSTER_NAME, kind: 'in-cluster' }];
  const wanted = contexts.length > 0 ? contexts : contextNames(path);
  if (wanted.length === 0) throw new StartupError(`${path} has no contexts: set KUBECONFIG to a file that has some`);
  return [...new Set(wanted)].map((context) => ({ name: context, kind: 'kubeconfig', path, context }));
}

function contextNames(path: string): string[] {
  let document: { contexts?: { name?: unknown }[] } | null;
  try {
    document = parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new StartupError(`${path} is not a readable kubeconfig: ${(cause as Error).message.split('\n')[0]}`);
  }
  const contexts = Array.isArray(document?.contexts) ? document.contexts : [];
  return contexts.map((context) => context?.name).filter((name): name is string => typeof name === 'string');
}
