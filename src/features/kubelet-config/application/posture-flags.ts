/**
 * Flags that say something when they have a value. `/flagz` lists every flag with its default, so one that has a default
 * can't be told from one that somebody gave; these have none, or are gone from kubelets of today.
 */
const TELLING = [
  'hostname-override',
  'network-plugin',
  'network-plugin-mtu',
  'cni-bin-dir',
  'cni-conf-dir',
  'container-runtime',
  'docker-endpoint',
];

export function postureFlags(all: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(TELLING.flatMap((name) => (all[name] ? [[name, all[name] as string]] : [])));
}
