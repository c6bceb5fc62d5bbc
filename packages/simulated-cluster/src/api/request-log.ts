import type { KubeObject } from '../store/kube-object.js';
import type { RequestInfo } from './request-info.js';

export interface LoggedRequest {
  readonly time: string;
  readonly user: string;
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  /** 0 until it is answered. */
  code: number;
  readonly userAgent: string;
}

export interface LoggedEviction {
  readonly time: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly node: string;
}

const KEPT = 5000;

/** What clients asked of the simulated API server; tests count with it. */
export class RequestLog {
  private requests: LoggedRequest[] = [];
  private readonly evicted: LoggedEviction[] = [];
  private readonly counters = new Map<string, number>();

  record(info: RequestInfo, user: string, userAgent: string): LoggedRequest {
    const { verb, resource, subresource, namespace, name, path } = info;
    const time = new Date().toISOString();
    const entry = { time, user, verb, resource, subresource, namespace, name, path, code: 0, userAgent };
    this.requests.push(entry);
    if (this.requests.length > KEPT * 2) this.requests = this.requests.slice(-KEPT);
    const key = RequestLog.key(verb, resource, subresource);
    this.counters.set(key, (this.counters.get(key) ?? 0) + 1);
    return entry;
  }

  recordEviction({ metadata, spec }: KubeObject): void {
    const { namespace = '', name, uid = '' } = metadata;
    this.evicted.push({ time: new Date().toISOString(), namespace, name, uid, node: spec?.nodeName ?? '' });
  }

  /** Oldest first. */
  get recent(): readonly LoggedRequest[] {
    return this.requests;
  }

  /** Evictions that went through, oldest first; the same uid twice means that a pod was evicted twice. */
  get evictions(): readonly LoggedEviction[] {
    return this.evicted;
  }

  /** Successful evictions by pod uid. */
  get evictionsByUid(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (const { uid } of this.evicted) counts.set(uid, (counts.get(uid) ?? 0) + 1);
    return counts;
  }

  /** By `verb resource[/subresource]`, as in `create pods/eviction`. */
  get counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.counters);
  }

  count(verb: string, resource: string, subresource = ''): number {
    return this.counters.get(RequestLog.key(verb, resource, subresource)) ?? 0;
  }

  reset(): void {
    this.requests = [];
    this.evicted.length = 0;
    this.counters.clear();
  }

  private static key(verb: string, resource: string, subresource: string): string {
    return `${verb} ${subresource ? `${resource}/${subresource}` : resource || 'path'}`;
  }
}
