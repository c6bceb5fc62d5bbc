/**
 * Flags that say something when they have a value. `/flagz` lists every flag with its default, so one that has a default
 * can't be told from one that somebody gave; these have none, or are gone from kubelets of today.
 */
const ALWAYS_LISTED = 'hostname-override';
const TELLING = [
  'hostname-override',
  'network-plugin',
  'network-plugin-mtu',
  'cni-bin-dir',
  'cni-conf-dir',
  'container-runtime',
  'docker-endpoint',
];

/** Undefined for a page that does not even list what every kubelet has: it was not understood, and says nothing. */
export function postureFlags(all: Readonly<Record<string, string>> | null): Record<string, string> | undefined {
  if (all === null || !Object.hasOwn(all, ALWAYS_LISTED)) return undefined;
  return Object.fromEntries(TELLING.flatMap((name) => (all[name] ? [[name, all[name] as string]] : [])));
}
