import type { StoreEvent, StoreEventType } from '../store/event-ring.js';
import type { KubeObject } from '../store/kube-object.js';
import type { ResourceKind } from '../store/resource-kinds.js';
import { presentObject, type Representation, tableHead, tableRow } from './representation.js';

/** Each event is serialized once per representation, however many watches it goes to. */
const serialized = new WeakMap<StoreEvent, Map<string, string>>();

export function eventFrame(kind: ResourceKind, event: StoreEvent, type: StoreEventType, as: Representation): string {
  let frames = serialized.get(event);
  if (!frames) {
    frames = new Map();
    serialized.set(event, frames);
  }
  const key = `${type} ${as.form} ${as.includeObject} ${as.apiVersion}`;
  let frame = frames.get(key);
  if (!frame) {
    frame = objectFrame(kind, type, leaving(event, type), as);
    frames.set(key, frame);
  }
  return frame;
}

/** Tables in a watch carry their column definitions only once, in the first frame. */
export function objectFrame(
  kind: ResourceKind,
  type: string,
  object: KubeObject,
  as: Representation,
  withColumns = false,
): string {
  const shown =
    as.form !== 'table' || withColumns
      ? presentObject(kind, object, as)
      : { ...tableHead(as, object.metadata.resourceVersion), rows: [tableRow(kind, object, as)] };
  return `${JSON.stringify({ type, object: shown })}\n`;
}

export function bookmarkFrame(
  kind: ResourceKind,
  resourceVersion: number,
  as: Representation,
  endsInitial = false,
): string {
  const annotations = endsInitial ? { 'k8s.io/initial-events-end': 'true' } : undefined;
  const metadata = { name: '', resourceVersion: String(resourceVersion), creationTimestamp: null, annotations };
  const bookmark =
    as.form === 'table'
      ? { ...tableHead(as, String(resourceVersion)), rows: [] }
      : { kind: kind.kind, apiVersion: kind.apiVersion, metadata };
  return `${JSON.stringify({ type: 'BOOKMARK', object: bookmark })}\n`;
}

/** An object that a change moved out of the selector is reported in its last matching state, at the change's version. */
function leaving(event: StoreEvent, type: StoreEventType): KubeObject {
  if (event.type === type || type !== 'DELETED' || !event.previous) return event.object;
  const metadata = { ...event.previous.metadata, resourceVersion: String(event.resourceVersion) };
  return { ...event.previous, metadata };
}
