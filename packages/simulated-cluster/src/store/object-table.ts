import type { KubeObject } from './kube-object.js';

/** Objects of one kind by `namespace/name`, read out in the key order of etcd. */
export class ObjectTable {
  private readonly objects = new Map<string, KubeObject>();
  private sorted: string[] = [];
  /** Keys added since `sorted` was last brought up to date; a bulk load is then sorted once. */
  private readonly unsorted = new Set<string>();
  /** Secondary index: only pods have a node. */
  private readonly keysByNode = new Map<string, Set<string>>();

  static key(namespace: string | undefined, name: string): string {
    return namespace ? `${namespace}/${name}` : name;
  }

  get size(): number {
    return this.objects.size;
  }

  get(key: string): KubeObject | undefined {
    return this.objects.get(key);
  }

  set(key: string, object: KubeObject): void {
    const previous = this.objects.get(key);
    this.objects.set(key, object);
    if (!previous) this.unsorted.add(key);
    if (object.kind !== 'Pod') return;
    const [before, after] = [previous?.spec?.nodeName, object.spec?.nodeName];
    if (before === after) return;
    if (before) this.forgetNode(before, key);
    if (!after) return;
    const keys = this.keysByNode.get(after);
    if (keys) keys.add(key);
    else this.keysByNode.set(after, new Set([key]));
  }

  delete(key: string): void {
    const object = this.objects.get(key);
    if (!object) return;
    this.objects.delete(key);
    if (object.kind === 'Pod' && object.spec?.nodeName) this.forgetNode(object.spec.nodeName, key);
    if (this.unsorted.delete(key)) return;
    const index = lowerBound(this.sorted, key);
    if (this.sorted[index] === key) this.sorted.splice(index, 1);
  }

  /** In key order. The arrays are the caller's; the objects are shared and frozen. */
  all(): KubeObject[] {
    this.sort();
    return this.resolve(this.sorted);
  }

  inNamespace(namespace: string): KubeObject[] {
    this.sort();
    const from = lowerBound(this.sorted, `${namespace}/`);
    // '0' follows '/' in ASCII, so this bounds every key of the namespace.
    const to = lowerBound(this.sorted, `${namespace}0`);
    return this.resolve(this.sorted.slice(from, to));
  }

  onNode(nodeName: string): KubeObject[] {
    return this.resolve([...(this.keysByNode.get(nodeName) ?? [])].sort());
  }

  private resolve(keys: readonly string[]): KubeObject[] {
    return keys.map((key) => this.objects.get(key) as KubeObject);
  }

  private forgetNode(nodeName: string, key: string): void {
    const keys = this.keysByNode.get(nodeName);
    keys?.delete(key);
    if (keys?.size === 0) this.keysByNode.delete(nodeName);
  }

  private sort(): void {
    if (this.unsorted.size === 0) return;
    if (this.unsorted.size > BULK) this.sorted = [...this.sorted, ...this.unsorted].sort();
    else for (const key of this.unsorted) this.sorted.splice(lowerBound(this.sorted, key), 0, key);
    this.unsorted.clear();
  }
}

/** Beyond this many new keys a full sort is cheaper than single insertions. */
const BULK = 500;

function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
