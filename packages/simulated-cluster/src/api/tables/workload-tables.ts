import type { Json, KubeObject } from '../../store/kube-object.js';
import { ageSince, humanDuration } from '../human-duration.js';
import {
  containerImages,
  containerNames,
  defineTable,
  labelsText,
  nameCell,
  selectorText,
} from './table-definition.js';

const age = (object: KubeObject) => ageSince(object.metadata.creationTimestamp);
const names = (object: KubeObject) => containerNames(object.spec?.template);
const images = (object: KubeObject) => containerImages(object.spec?.template);
const selector = (object: KubeObject) => selectorText(object.spec?.selector);
const count = (value: Json) => value ?? 0;

export const DEPLOYMENT_TABLE = defineTable({
  Name: nameCell,
  Ready: ({ spec, status }) => `${count(status?.readyReplicas)}/${count(spec?.replicas)}`,
  'Up-to-date': ({ status }) => String(count(status?.updatedReplicas)),
  Available: ({ status }) => String(count(status?.availableReplicas)),
  Age: age,
  '+Containers': names,
  '+Images': images,
  '+Selector': selector,
});

export const REPLICA_SET_TABLE = defineTable({
  Name: nameCell,
  'Desired#': ({ spec }) => count(spec?.replicas),
  'Current#': ({ status }) => count(status?.replicas),
  'Ready#': ({ status }) => count(status?.readyReplicas),
  Age: age,
  '+Containers': names,
  '+Images': images,
  '+Selector': (set) => (set.kind === 'ReplicaSet' ? selector(set) : labelsText(set.spec?.selector)),
});

export const STATEFUL_SET_TABLE = defineTable({
  Name: nameCell,
  Ready: ({ spec, status }) => `${count(status?.readyReplicas)}/${count(spec?.replicas)}`,
  Age: age,
  '+Containers': names,
  '+Images': images,
});

export const DAEMON_SET_TABLE = defineTable({
  Name: nameCell,
  'Desired#': ({ status }) => count(status?.desiredNumberScheduled),
  'Current#': ({ status }) => count(status?.currentNumberScheduled),
  'Ready#': ({ status }) => count(status?.numberReady),
  'Up-to-date#': ({ status }) => count(status?.updatedNumberScheduled),
  'Available#': ({ status }) => count(status?.numberAvailable),
  'Node Selector': ({ spec }) => labelsText(spec?.template?.spec?.nodeSelector),
  Age: age,
  '+Containers': names,
  '+Images': images,
  '+Selector': selector,
});

export const JOB_TABLE = defineTable({
  Name: nameCell,
  Status: jobStatus,
  Completions: ({ spec, status }) => `${count(status?.succeeded)}/${spec?.completions ?? 1}`,
  Duration: jobDuration,
  Age: age,
  '+Containers': names,
  '+Images': images,
  '+Selector': selector,
});

export const BUDGET_TABLE = defineTable({
  Name: nameCell,
  'Min Available': ({ spec }) => (spec?.minAvailable === undefined ? 'N/A' : String(spec.minAvailable)),
  'Max Unavailable': ({ spec }) => (spec?.maxUnavailable === undefined ? 'N/A' : String(spec.maxUnavailable)),
  'Allowed Disruptions#': ({ status }) => count(status?.disruptionsAllowed),
  Age: age,
});

function jobStatus(job: KubeObject): string {
  const holds = (type: string) =>
    (job.status?.conditions ?? []).some((item: Json) => item.type === type && item.status === 'True');
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (job.metadata.deletionTimestamp) return 'Terminating';
  return holds('Suspended') ? 'Suspended' : 'Running';
}

function jobDuration(job: KubeObject): string {
  const { startTime, completionTime } = job.status ?? {};
  if (!startTime) return '';
  return humanDuration((completionTime ? Date.parse(completionTime) : Date.now()) - Date.parse(startTime));
}
