/** Paths to list and watch. */
export const KUBE_PATHS = {
  nodes: '/api/v1/nodes',
  pods: '/api/v1/pods',
  podDisruptionBudgets: '/apis/policy/v1/poddisruptionbudgets',
  volumeAttachments: '/apis/storage.k8s.io/v1/volumeattachments',
} as const;
