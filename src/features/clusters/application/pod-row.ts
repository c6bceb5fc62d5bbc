import type { Container, OwnerReference, Pod } from '../../../platform/kubernetes/kube-objects.js';
import type { PodAffinityTerm } from '../../../platform/kubernetes/pod-selection.js';
import { isSidecar, type PodResources, podResources } from './pod-resources.js';
import { podStatusText } from './pod-status.js';

/** What the service keeps of a pod: some 400 bytes, where the object itself takes ten times as much. */
export interface PodRow {
  readonly uid: string;
  readonly namespace: string;
  readonly name: string;
  /** Empty while it is not scheduled. */
  readonly nodeName: string;
  readonly phase: string;
  readonly status: string;
  readonly readyContainers: number;
  readonly totalContainers: number;
  readonly restarts: number;
  readonly ownerKind: string | null;
  readonly ownerName: string | null;
  readonly createdAtMs: number;
  readonly resources: PodResources;
  /** What others on the node, or in its neighbourhood, are kept away by. Shared by the pods of one template and namespace. */
  readonly placement: PodPlacement;
}

export interface PodPlacement {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly antiAffinity: readonly PodAffinityTerm[];
  readonly ports: NonNullable<Container['ports']>;
}

/** Makes rows that share what is equal: names, and the resources of pods from the same template. */
export class PodRows {
  private readonly texts = new Map<string, string>();
  private readonly resources = new Map<string, PodResources>();
  private readonly placements = new Map<string, PodPlacement>();

  of(pod: Pod): PodRow {
    const { metadata, spec, status } = pod;
    const owner = controllerOf(metadata.ownerReferences);
    const text = podStatusText(pod);
    return {
      uid: metadata.uid,
      namespace: this.shared(metadata.namespace ?? ''),
      name: metadata.name,
      nodeName: this.shared(spec.nodeName ?? ''),
      phase: this.shared(status.phase ?? 'Unknown'),
      status: this.shared(text.status),
      readyContainers: text.readyContainers,
      totalContainers: text.totalContainers,
      restarts: text.restarts,
      ownerKind: owner ? this.shared(owner.kind) : null,
      ownerName: owner ? this.shared(owner.name) : null,
      createdAtMs: Date.parse(metadata.creationTimestamp),
      resources: this.sharedResources(spec, status),
      placement: this.sharedPlacement(pod),
    };
  }

  private sharedPlacement({ metadata, spec }: Pod): PodPlacement {
    const placement: PodPlacement = {
      namespace: metadata.namespace ?? '',
      labels: metadata.labels ?? {},
      antiAffinity: spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [],
      ports: [...spec.containers, ...(spec.initContainers ?? []).filter(isSidecar)].flatMap(({ ports = [] }) =>
        ports.filter(({ hostPort }) => hostPort),
      ),
    };
    return remembered(this.placements, JSON.stringify(placement), () => placement);
  }

  private shared(text: string): string {
    return remembered(this.texts, text, () => text);
  }

  private sharedResources(spec: Pod['spec'], status: Pod['status']): PodResources {
    const containers = [...spec.containers, null, ...(spec.initContainers ?? [])];
    const key = JSON.stringify([
      containers.map((c) => c && [c.name, c.resources, c.restartPolicy]),
      spec.overhead,
      spec.resources,
      resized(status),
    ]);
    return remembered(this.resources, key, () => podResources(spec, status));
  }
}

/** What podResources takes from the status; undefined for most pods. */
function resized({
  containerStatuses,
  initContainerStatuses,
  conditions,
  resources,
  allocatedResources,
}: Pod['status']) {
  const statuses = [...(initContainerStatuses ?? []), ...(containerStatuses ?? [])].filter((each) => each.resources);
  if (statuses.length === 0 && !resources) return undefined;
  const pending = conditions?.find(({ type }) => type === 'PodResizePending')?.reason;
  return [statuses.map((c) => [c.name, c.resources, c.allocatedResources]), resources, allocatedResources, pending];
}

/** Pods come and go: what was shared once is forgotten before it piles up. */
const MAX_SHARED = 50_000;

function remembered<T>(known: Map<string, T>, key: string, make: () => T): T {
  const found = known.get(key);
  if (found !== undefined) return found;
  if (known.size >= MAX_SHARED) known.clear();
  const made = make();
  known.set(key, made);
  return made;
}

function controllerOf(owners: readonly OwnerReference[] | undefined): OwnerReference | undefined {
  return owners?.find((owner) => owner.controller === true);
}
