import type { NodePlatform } from '../../../../kernel/node-platform.js';
import type { ReportedGates } from '../fields/feature-gates.js';
import type { JsonObject } from '../json/json-value.js';
import { type KubernetesVersion, parseKubernetesVersion } from '../parsing/kubernetes-version.js';

/** What is known about one node that a change aims at. */
export interface ConfigTarget {
  node: string;
  /** As the Node reports it: `v1.34.2+k3s1`. */
  kubeletVersion: string;
  platform: NodePlatform;
  /** Drop-in directory in use; null: known that there is none; absent: not known. */
  dropInDirectory?: string | null;
  /** Main configuration file, as the kubelet's flags name it. */
  configFile?: string;
  /** The document inside configz's `kubeletconfig`; null where it could not be read. */
  live: JsonObject | null;
  /** Flags given on the command line, by name without dashes, where they are known. */
  flags?: Record<string, string>;
  /** Of the host, as the kubelet reports it; absent where it does not. */
  cgroupVersion?: number;
  /** Feature gates that the node reports otherwise than its version lets expect. */
  gates?: ReportedGates;
}

/** The version that a target with an unreadable version is treated as: the oldest that is supported, so that nothing is promised. */
const FALLBACK: KubernetesVersion = { major: 1, minor: 29, patch: 0 };

export const versionOf = (target: Pick<ConfigTarget, 'kubeletVersion'>): KubernetesVersion =>
  parseKubernetesVersion(target.kubeletVersion) ?? FALLBACK;
