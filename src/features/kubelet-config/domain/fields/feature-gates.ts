import { type JsonObject, ownValue } from '../json/json-value.js';
import { isAtLeast, type KubernetesVersion } from '../parsing/kubernetes-version.js';

interface GateHistory {
  /** First minor where the gate is on by default; absent: never by default. */
  onSince?: string;
  /** First minor where it cannot be switched off any more. */
  lockedSince?: string;
}

/** Gates that decide whether the kubelet accepts a field of its configuration, from kube_features.go of Kubernetes 1.36. */
export const FIELD_GATES: Record<string, GateHistory> = {
  CustomCPUCFSQuotaPeriod: {},
  GracefulNodeShutdown: { onSince: '1.21' },
  GracefulNodeShutdownBasedOnPodPriority: { onSince: '1.24' },
  ImageMaximumGCAge: { onSince: '1.30' },
  KubeletCrashLoopBackOffMax: { onSince: '1.35' },
  KubeletEnsureSecretPulledImages: { onSince: '1.35' },
  KubeletTracing: { onSince: '1.27', lockedSince: '1.34' },
  LoggingAlphaOptions: {},
  MemoryQoS: {},
  NodeLogQuery: { onSince: '1.36', lockedSince: '1.36' },
  NodeSwap: { onSince: '1.30', lockedSince: '1.34' },
  QOSReserved: {},
  RotateKubeletServerCertificate: { onSince: '1.12' },
};

/** Whether a kubelet of this version with this configuration has the gate on. `AllAlpha`/`AllBeta` are not followed. */
export function isGateOn(gate: string, config: JsonObject, version: KubernetesVersion): boolean {
  const history = FIELD_GATES[gate];
  if (history?.lockedSince && isAtLeast(version, history.lockedSince)) return true;
  const gates = ownValue(config, 'featureGates');
  const set = typeof gates === 'object' && gates !== null && !Array.isArray(gates) ? ownValue(gates, gate) : undefined;
  if (typeof set === 'boolean') return set;
  return history?.onSince !== undefined && isAtLeast(version, history.onSince);
}
