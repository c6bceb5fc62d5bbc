import { ListCursors, type RowKey } from '../../../kernel/page.js';
import { quantityMillis, quantityUnits, ZERO_QUANTITY } from '../../../kernel/quantity.js';
import type { NodeRow, NodeUsage } from '../../clusters/index.js';
import { percentOfNode } from './resource-figures.js';

export const NODE_SORT_KEYS = [
  'name',
  'status',
  'role',
  'zone',
  'version',
  'createdAt',
  'podCount',
  'cpuRequests',
  'memoryRequests',
  'cpuPercent',
  'memoryPercent',
] as const;
export type NodeSortKey = (typeof NODE_SORT_KEYS)[number];

/** Sort keys that can only be known once the pods are. */
const OF_PODS: ReadonlySet<NodeSortKey> = new Set([
  'podCount',
  'cpuRequests',
  'memoryRequests',
  'cpuPercent',
  'memoryPercent',
]);

type Scalar = RowKey[number];

interface Term {
  readonly key: NodeSortKey;
  readonly direction: 1 | -1;
}

/** An order over nodes by several keys, `-` in front of a key turns it round. The name decides last, so no two are equal. */
export class NodeOrder {
  private readonly terms: readonly Term[];

  constructor(sort: readonly string[]) {
    const given = sort.map((text): Term => {
      const descending = text.startsWith('-');
      return { key: (descending ? text.slice(1) : text) as NodeSortKey, direction: descending ? -1 : 1 };
    });
    this.terms = given.some(({ key }) => key === 'name') ? given : [...given, { key: 'name', direction: 1 }];
  }

  /** A cursor holds for the order that it was made in. */
  get cursors(): ListCursors {
    const terms = this.terms.map(({ key, direction }) => (direction === 1 ? key : `-${key}`));
    return new ListCursors(
      `nodes?sort=${terms}`,
      this.terms.map(({ key }) => (key === 'name' ? 'text' : 'scalar')),
    );
  }

  get needsPods(): boolean {
    return this.terms.some(({ key }) => OF_PODS.has(key));
  }

  keyOf(node: NodeRow, usage: (nodeName: string) => NodeUsage): RowKey {
    return this.terms.map(({ key }) => valueOfKey(key, node, usage));
  }

  compare(a: RowKey, b: RowKey): number {
    for (const [index, { direction }] of this.terms.entries()) {
      const order = compareScalars(a[index] ?? null, b[index] ?? null);
      if (order !== 0) return order * direction;
    }
    return 0;
  }
}

function valueOfKey(key: NodeSortKey, node: NodeRow, usage: (nodeName: string) => NodeUsage): Scalar {
  switch (key) {
    case 'name':
      return node.name;
    case 'status':
      return node.status;
    case 'role':
      return node.roles.join(',');
    case 'zone':
      return node.zone;
    case 'version':
      return comparableVersion(node.info.kubeletVersion);
    case 'createdAt':
      return node.createdAt.getTime();
    case 'podCount':
      return usage(node.name).podCount;
    case 'cpuRequests':
      return quantityMillis(usage(node.name).requests.cpu ?? ZERO_QUANTITY);
    case 'memoryRequests':
      return quantityUnits(usage(node.name).requests.memory ?? ZERO_QUANTITY);
    case 'cpuPercent':
      return percentOfNode(node, 'cpu', usage(node.name).requests.cpu ?? ZERO_QUANTITY);
    case 'memoryPercent':
      return percentOfNode(node, 'memory', usage(node.name).requests.memory ?? ZERO_QUANTITY);
  }
}

/** So that v1.9 comes before v1.10. */
const comparableVersion = (version: string): string => version.replace(/\d+/g, (digits) => digits.padStart(6, '0'));

/** Null first; text by code units, which is the same on every machine. */
function compareScalars(a: Scalar, b: Scalar): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return a < b ? -1 : 1;
}
