import { DomainError, type InputViolation } from './domain-error.js';
import { type NodePlatform, unreachableKubelet, unrestartableKubelet } from './node-platform.js';

interface NamedNode {
  readonly name: string;
  readonly platform: NodePlatform;
}

const MAX_NAMED = 10;

/**
 * Refuses what is to be done to kubelets where it can't be done to one of them, before anything is sent.
 * @param isImpossible says why it can't be done on a platform
 * @param pointerOf where the caller named a node; left out, no part of the input is pointed at
 * @throws DomainError NOT_POSSIBLE_ON_NODE with the nodes
 */
export function requireKubelets(
  cluster: string,
  nodes: readonly NamedNode[],
  what: string,
  isImpossible: (platform: NodePlatform) => string | undefined = unreachableKubelet,
  pointerOf?: (node: string) => string,
): void {
  const impossible = nodes.flatMap(({ name, platform }) => {
    const why = isImpossible(platform);
    return why === undefined ? [] : [{ name, why }];
  });
  const [first, ...others] = impossible;
  if (!first) return;
  const more = others.length === 0 ? '' : ` The same holds for ${nameSome(others.map(({ name }) => name))}.`;
  const violations = impossible.map(
    ({ name, why }): InputViolation => ({
      pointer: pointerOf?.(name) ?? '',
      code: 'NOT_POSSIBLE_ON_NODE',
      message: `${name}: ${why}`,
    }),
  );
  throw new DomainError(
    'NOT_POSSIBLE_ON_NODE',
    `${what} is not possible on node "${first.name}": ${first.why}.${more}`,
    {
      extensions: { cluster, node: first.name, nodes: impossible.map(({ name }) => name) },
      ...(pointerOf ? { violations } : {}),
    },
  );
}

/** @throws as requireKubelets */
export const requireRestartable = (cluster: string, nodes: readonly NamedNode[]): void =>
  requireKubelets(cluster, nodes, 'A restart of the kubelet', unrestartableKubelet);

const nameSome = (names: readonly string[]): string =>
  names.length <= MAX_NAMED
    ? names.join(', ')
    : `${names.slice(0, MAX_NAMED).join(', ')} and ${names.length - MAX_NAMED} more`;
