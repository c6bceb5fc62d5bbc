import { ipAddressOf } from '../../../kernel/ip-address.js';
import { matchesLabels, parseLabelSelector } from '../../../kernel/label-selector.js';
import type { NodeRow } from '../../clusters/index.js';

/** The words of kubectl's STATUS column. */
export const NODE_STATUS_WORDS = ['Ready', 'NotReady', 'Unknown', 'SchedulingDisabled'] as const;
export type NodeStatusWord = (typeof NODE_STATUS_WORDS)[number];

export interface NodeFilter {
  readonly labelSelector?: string;
  /** Any of the readiness words, and cordoned if SchedulingDisabled is among them. */
  readonly status?: readonly NodeStatusWord[];
  /** Nodes with any of these roles; `<none>` is a node without a role. */
  readonly role?: readonly string[];
  readonly zone?: readonly string[];
  /** Part of the name, an address or the provider id, in any case. */
  readonly search?: string;
}

type Test = (node: NodeRow) => boolean;

/** @throws DomainError VALIDATION_FAILED if the label selector can't be read. */
export function nodeFilter({ labelSelector, status, role, zone, search }: NodeFilter): Test {
  const tests: Test[] = [];
  if (labelSelector) {
    const selector = parseLabelSelector(labelSelector);
    tests.push((node) => matchesLabels(selector, node.labels));
  }
  if (status && status.length > 0) {
    const readiness = status.filter((word) => word !== 'SchedulingDisabled');
    if (readiness.length > 0) tests.push((node) => readiness.some((word) => node.status.split(',')[0] === word));
    if (status.includes('SchedulingDisabled')) tests.push((node) => !node.schedulable);
  }
  if (role && role.length > 0) {
    tests.push((node) => role.some((r) => (r === '<none>' ? node.roles.length === 0 : node.roles.includes(r))));
  }
  if (zone && zone.length > 0) tests.push((node) => node.zone !== null && zone.includes(node.zone));
  if (search) {
    const text = search.toLowerCase();
    const texts = (node: NodeRow) => [node.name, node.providerId ?? '', ...node.addresses.map((a) => a.address)];
    const address = ipAddressOf(search);
    const isAddress = (node: NodeRow) => node.addresses.some((known) => ipAddressOf(known.address) === address);
    tests.push(
      (node) =>
        texts(node).some((value) => value.toLowerCase().includes(text)) || (address !== undefined && isAddress(node)),
    );
  }
  return (node) => tests.every((test) => test(node));
}
