import type { NodePlatform } from '../../../../kernel/node-platform.js';
import type { JsonObject, JsonValue } from '../json/json-value.js';

export type PostureStatus = 'PASS' | 'FAIL' | 'NOT_EVALUABLE' | 'INFO';

export interface PostureFinding {
  /** As in the CIS Kubernetes Benchmark and kube-bench cis-1.12; `NS-…` are our own. */
  id: string;
  title: string;
  status: PostureStatus;
  seen: JsonValue;
  wanted: string;
  why: string;
  /** The kubelet config change that would fix it; null where there is none or it is not needed. */
  fix: JsonObject | null;
}

/** A practice of old guides that was found in use. */
export interface StalePractice {
  id: string;
  seen: string;
  why: string;
}

export interface PostureInput {
  /** The document inside configz's `kubeletconfig`. */
  live: JsonObject;
  kubeletVersion: string;
  platform?: NodePlatform;
  /** Flags of the command line; absent where they are not known. */
  flags?: Record<string, string>;
}

export interface NodePosture {
  findings: PostureFinding[];
  stalePractices: StalePractice[];
}
