import type { ObjectStore } from './object-store.js';

interface Secured {
  name: string;
  securityContext?: {
    privileged?: boolean;
    allowPrivilegeEscalation?: boolean;
    runAsNonRoot?: boolean;
    capabilities?: { drop?: string[] };
    seccompProfile?: { type: string };
  };
}
interface SecuredSpec {
  hostPID?: boolean;
  hostNetwork?: boolean;
  hostIPC?: boolean;
  securityContext?: Secured['securityContext'];
  containers: Secured[];
  volumes?: { name: string; hostPath?: object }[];
}

const ENFORCE = 'pod-security.kubernetes.io/enforce';

/**
 * Why Pod Security admission keeps a pod out of its namespace, in the words of the real plugin; null where it doesn't. The
 * checks of `baseline` and `restricted` that pods of clients can fail here, not all of them.
 */
export function podSecurityViolation(store: ObjectStore, namespace: string, spec: SecuredSpec): string | null {
  const level = store.get('Namespace', undefined, namespace)?.metadata.labels?.[ENFORCE];
  if (level !== 'baseline' && level !== 'restricted') return null;
  const found = [...baseline(spec), ...(level === 'restricted' ? restricted(spec) : [])];
  return found.length > 0 ? `violates PodSecurity "${level}:latest": ${found.join(', ')}` : null;
}

function* baseline(spec: SecuredSpec): Iterable<string> {
  const host = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name]);
  if (host.length > 0) yield `host namespaces (${host.map((name) => `${name}=true`).join(', ')})`;
  const privileged = spec.containers.filter(({ securityContext }) => securityContext?.privileged);
  if (privileged.length > 0) yield `privileged (${named(privileged)} must not set securityContext.privileged=true)`;
  const volumes = (spec.volumes ?? []).filter(({ hostPath }) => hostPath).map(({ name }) => `"${name}"`);
  if (volumes.length > 0) yield `hostPath volumes (${volumes.length > 1 ? 'volumes' : 'volume'} ${volumes.join(', ')})`;
}

function* restricted(spec: SecuredSpec): Iterable<string> {
  const without = (fails: (context: NonNullable<Secured['securityContext']>) => boolean) =>
    spec.containers.filter(({ securityContext }) => fails(securityContext ?? {}));
  const escalating = without(({ allowPrivilegeEscalation }) => allowPrivilegeEscalation !== false);
  if (escalating.length > 0) {
    yield `allowPrivilegeEscalation != false (${named(escalating)} must set securityContext.allowPrivilegeEscalation=false)`;
  }
  const capable = without(({ capabilities }) => !capabilities?.drop?.includes('ALL'));
  if (capable.length > 0) {
    yield `unrestricted capabilities (${named(capable)} must set securityContext.capabilities.drop=["ALL"])`;
  }
  const root = without(({ runAsNonRoot }) => (runAsNonRoot ?? spec.securityContext?.runAsNonRoot) !== true);
  if (root.length > 0) yield `runAsNonRoot != true (pod or ${named(root)} must set securityContext.runAsNonRoot=true)`;
  const open = without(({ seccompProfile }) => !(seccompProfile ?? spec.securityContext?.seccompProfile));
  if (open.length > 0) {
    yield `seccompProfile (pod or ${named(open)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")`;
  }
}

const named = (containers: Secured[]): string =>
  `${containers.length > 1 ? 'containers' : 'container'} ${containers.map(({ name }) => `"${name}"`).join(', ')}`;
