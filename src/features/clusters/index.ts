export { ClusterCache, type ClusterChange } from './application/cluster-cache.js';
export { ClusterCaches, type Freshness } from './application/cluster-caches.js';
export { ClusterHealth, type ClusterHealthReport } from './application/cluster-health.js';
export { type NodeRow, nodeRow } from './application/node-row.js';
export { isFinished, type NodeUsage, usageOf } from './application/node-usage.js';
export { PlacedPods, type PodGroup } from './application/placed-pods.js';
export { type PodResources, podResources, type Resources } from './application/pod-resources.js';
export { type PodPlacement, type PodRow, PodRows } from './application/pod-row.js';
export { ClustersModule } from './clusters.module.js';
