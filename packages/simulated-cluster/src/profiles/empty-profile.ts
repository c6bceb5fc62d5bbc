import type { ObjectStore } from '../store/object-store.js';

/** Namespaces alone: for tests that bring their own nodes and pods. */
export function loadEmptyProfile(store: ObjectStore): void {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    store.create('Namespace', { metadata: { name } });
  }
}
