import { DomainError } from './domain-error.js';

/** Told of a cluster that is not there, and of one that the caller may not see: the two must not differ in a word. */
export const clusterNotFound = (cluster: string): DomainError =>
  new DomainError('CLUSTER_NOT_FOUND', `There is no cluster "${cluster}".`, { extensions: { cluster } });

/** The same for a node. */
export const nodeNotFound = (cluster: string, node: string): DomainError =>
  new DomainError('NODE_NOT_FOUND', `There is no node "${node}" in cluster "${cluster}".`, {
    extensions: { cluster, node },
  });
