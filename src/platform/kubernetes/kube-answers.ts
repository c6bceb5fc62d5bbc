// What the API server answers around objects: lists, failures, watch events.

/** `GET /version`. */
export interface KubeVersion {
  major: string;
  minor: string;
  gitVersion: string;
  platform?: string;
}

export interface KubeList<T> {
  metadata: { resourceVersion: string; continue?: string; remainingItemCount?: number };
  items: T[] | null;
}

export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** What the API server answers instead of an object when a request failed. */
export interface KubeStatus {
  kind: 'Status';
  status?: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  code?: number;
  details?: { name?: string; kind?: string; group?: string; causes?: StatusCause[]; retryAfterSeconds?: number };
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

export interface WatchEvent<T> {
  type: WatchEventType;
  object: T;
}
