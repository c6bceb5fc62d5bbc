import type { ControllerRuntime } from './controller-runtime.js';
import { kubeTime } from './kube-time.js';
import type { TypedObject } from './kube-types.js';
import { stableHash } from './stable-hash.js';

export interface RecordedEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
  component: string;
  host?: string;
  /** The kubelet refers to its node by name where the uid belongs; others use the uid. */
  involvedUid?: string;
  fieldPath?: string;
}

const MAX_EVENTS = 4_000;

/**
 * Writes Kubernetes Events as the client libraries of the real components do: a repeated event raises the count of the
 * first one. The oldest go when there are too many, in place of the one-hour expiry of etcd.
 */
export class EventRecorder {
  /** Correlation key to the event it became, oldest first. */
  private readonly known = new Map<string, { namespace: string; name: string }>();
  private sequence = 0;

  constructor(private readonly runtime: ControllerRuntime) {}

  record(involved: TypedObject, event: RecordedEvent): void {
    // What happened before the simulation began has long expired.
    if (this.runtime.isBootstrapping) return;
    const uid = event.involvedUid ?? involved.metadata.uid ?? '';
    const key = [involved.kind, uid, event.component, event.type, event.reason, event.message].join('|');
    if (!this.repeat(key)) this.add(key, involved, uid, event);
  }

  private repeat(key: string): boolean {
    const known = this.known.get(key);
    const { store } = this.runtime.client;
    const current = known && store.get('Event', known.namespace, known.name);
    if (!current) return false;
    store.update('Event', { ...current, count: (current.count ?? 1) + 1, lastTimestamp: kubeTime() });
    return true;
  }

  private add(key: string, involved: TypedObject, uid: string, event: RecordedEvent): void {
    const namespace = involved.metadata.namespace ?? 'default';
    this.sequence += 1;
    const unique = (stableHash(key).toString(16) + this.sequence.toString(16).padStart(8, '0')).padStart(16, '1');
    const name = `${involved.metadata.name}.${unique}`;
    const now = kubeTime();
    const { store } = this.runtime.client;
    store.create('Event', {
      metadata: { name, namespace },
      involvedObject: {
        kind: involved.kind,
        ...(involved.metadata.namespace ? { namespace } : {}),
        name: involved.metadata.name,
        uid,
        apiVersion: involved.apiVersion,
        ...(involved.metadata.resourceVersion ? { resourceVersion: involved.metadata.resourceVersion } : {}),
        ...(event.fieldPath ? { fieldPath: event.fieldPath } : {}),
      },
      reason: event.reason,
      message: event.message,
      source: { component: event.component, ...(event.host ? { host: event.host } : {}) },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type: event.type,
      eventTime: null,
      reportingComponent: event.component,
      reportingInstance: event.host ?? '',
    });
    this.known.set(key, { namespace, name });
    if (this.known.size > MAX_EVENTS) this.forgetOldest();
  }

  private forgetOldest(): void {
    const [key, oldest] = this.known.entries().next().value as [string, { namespace: string; name: string }];
    this.known.delete(key);
    const { store } = this.runtime.client;
    if (store.get('Event', oldest.namespace, oldest.name)) store.delete('Event', oldest.namespace, oldest.name);
  }
}
