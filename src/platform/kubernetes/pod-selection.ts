/** The object form of a selector; an empty one selects everything, an absent one nothing. */
export interface KubeLabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist'; values?: string[] }[];
}

export interface PodAffinityTerm {
  topologyKey: string;
  labelSelector?: KubeLabelSelector;
  /** The pod's own namespace if both are absent. */
  namespaces?: string[];
  /** An empty one selects all namespaces. */
  namespaceSelector?: KubeLabelSelector | null;
}

export interface TopologySpreadConstraint {
  maxSkew: number;
  topologyKey: string;
  whenUnsatisfiable: string;
  labelSelector?: KubeLabelSelector | null;
  minDomains?: number;
  nodeAffinityPolicy?: string;
  nodeTaintsPolicy?: string;
  matchLabelKeys?: string[];
}
