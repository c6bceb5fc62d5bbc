import { textFault } from './sound-text.js';

/** Kinds of things that have no id of their own that holds everywhere: their names make one. */
export type NamedEntity = 'Cluster' | 'Node' | 'Pod' | 'Event' | 'ServingCsr';

/**
 * The id under which a cache keeps a thing of a cluster: `Node/demo/worker-1/<uid>`. It holds the uid where there is one, since
 * what comes again under the same name is another thing. Callers take it as it is.
 */
export const entityId = (kind: NamedEntity, ...names: string[]): string =>
  [kind, ...names.map((name) => encodeURIComponent(name))].join('/');

/** The names in an id of this kind; undefined for an id of another kind, and for what is none. */
export function namesInEntityId(kind: NamedEntity, id: string): string[] | undefined {
  const [first, ...names] = id.split('/');
  if (first !== kind || names.length === 0) return undefined;
  try {
    const plain = names.map((name) => decodeURIComponent(name));
    return plain.some((name) => textFault(name) !== undefined) ? undefined : plain;
  } catch {
    return undefined;
  }
}
