import type { Json, KubeObject } from '../../store/kube-object.js';
import { ageSince } from '../human-duration.js';
import { defineTable, NONE, nameCell } from './table-definition.js';

export const POD_TABLE = defineTable({
  Name: nameCell,
  Ready: readyText,
  Status: podStatusText,
  Restarts: restartsText,
  Age: (pod) => ageSince(pod.metadata.creationTimestamp),
  '+IP': (pod) => pod.status?.podIP || NONE,
  '+Node': (pod) => pod.spec?.nodeName || NONE,
  '+Nominated Node': (pod) => pod.status?.nominatedNodeName || NONE,
  '+Readiness Gates': readinessGatesText,
});

function readyText(pod: KubeObject): string {
  const containers: Json[] = pod.status?.containerStatuses ?? [];
  const sidecarNames = sidecars(pod);
  const readySidecars = (pod.status?.initContainerStatuses ?? []).filter(
    (status: Json) => sidecarNames.has(status.name) && status.ready,
  );
  const ready = containers.filter((status) => status.ready && status.state?.running).length + readySidecars.length;
  return `${ready}/${(pod.spec?.containers ?? []).length + sidecarNames.size}`;
}

function sidecars(pod: KubeObject): ReadonlySet<string> {
  const containers: Json[] = pod.spec?.initContainers ?? [];
  return new Set(containers.filter((item) => item.restartPolicy === 'Always').map((item) => item.name));
}

/** The STATUS column, by the rules of kubectl's printer. */
export function podStatusText(pod: KubeObject): string {
  const { deletionTimestamp } = pod.metadata;
  if (deletionTimestamp) {
    if (pod.status?.reason === 'NodeLost') return 'Unknown';
    if (pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed') return 'Terminating';
  }
  return initReason(pod) ?? containersReason(pod);
}

function initReason(pod: KubeObject): string | undefined {
  const statuses: Json[] = pod.status?.initContainerStatuses ?? [];
  const sidecarNames = sidecars(pod);
  for (const [index, status] of statuses.entries()) {
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecarNames.has(status.name) && status.started) continue;
    if (terminated) return `Init:${terminated.reason || exitText(terminated)}`;
    if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
    return `Init:${index}/${(pod.spec?.initContainers ?? []).length}`;
  }
  return undefined;
}

function containersReason(pod: KubeObject): string {
  let reason = pod.status?.reason || pod.status?.phase || 'Unknown';
  let hasRunning = false;
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    const { terminated, waiting, running } = status.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) reason = terminated.reason || exitText(terminated);
    else if (status.ready && running) hasRunning = true;
  }
  if (reason !== 'Completed' || !hasRunning) return reason;
  return isReady(pod) ? 'Running' : 'NotReady';
}

function exitText(terminated: Json): string {
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function isReady(pod: KubeObject): boolean {
  return (pod.status?.conditions ?? []).some((item: Json) => item.type === 'Ready' && item.status === 'True');
}

function restartsText(pod: KubeObject): string {
  const names = sidecars(pod);
  const init = (pod.status?.initContainerStatuses ?? []).filter((item: Json) => names.has(item.name));
  const statuses: Json[] = [...(pod.status?.containerStatuses ?? []), ...init];
  const restarts = statuses.reduce((sum, status) => sum + (status.restartCount ?? 0), 0);
  const last = statuses
    .map((status) => status.lastState?.terminated?.finishedAt ?? '')
    .sort()
    .at(-1);
  return restarts > 0 && last ? `${restarts} (${ageSince(last)} ago)` : String(restarts);
}

function readinessGatesText(pod: KubeObject): string {
  const gates: Json[] = pod.spec?.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  const conditions: Json[] = pod.status?.conditions ?? [];
  const met = gates.filter((gate) =>
    conditions.some((item) => item.type === gate.conditionType && item.status === 'True'),
  );
  return `${met.length}/${gates.length}`;
}
