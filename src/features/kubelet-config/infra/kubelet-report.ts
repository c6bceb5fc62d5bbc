import { parseSamples } from '../../nodes/index.js';

/** What a kubelet's metrics page tells about itself. */
export interface KubeletReport {
  /** Feature gates that it knows, and whether they are on. */
  readonly gates: ReadonlyMap<string, boolean>;
  /** Of the host. */
  readonly cgroupVersion?: number;
}

const GATE = 'kubernetes_feature_enabled';
const CGROUP = 'kubelet_cgroup_version';
const WANTED = new Set([GATE, CGROUP]);

/** From a page in Prometheus text format. */
export function readKubeletReport(page: string): KubeletReport {
  const gates = new Map<string, boolean>();
  let cgroupVersion: number | undefined;
  for (const { name, labels, value } of parseSamples(page, WANTED)) {
    if (name === GATE && labels.name) gates.set(labels.name, value === 1);
    else if (name === CGROUP && Number.isInteger(value)) cgroupVersion = value;
  }
  return { gates, ...(cgroupVersion === undefined ? {} : { cgroupVersion }) };
}
