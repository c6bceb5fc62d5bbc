import type { KubeletContext } from './kubelet-context.js';

const WARNING =
  'Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.';

/** What flags hold when the command line does not set them; the kubelet lists every flag that it knows. */
const DEFAULTS: Readonly<Record<string, string>> = {
  'anonymous-auth': 'true',
  'authorization-mode': 'AlwaysAllow',
  'cert-dir': '/var/lib/kubelet/pki',
  'config-dir': '',
  'container-runtime-endpoint': '',
  'event-qps': '50',
  'hostname-override': '',
  'log-flush-frequency': '5s',
  'max-pods': '110',
  'read-only-port': '10255',
  'root-dir': '/var/lib/kubelet',
  'rotate-certificates': 'false',
  'runtime-cgroups': '',
  'streaming-connection-idle-timeout': '4h0m0s',
  v: '0',
  vmodule: '',
};

/** `/flagz`: plain text, absent before the feature was on. */
export function flagzPage(context: KubeletContext): string {
  const flags = { ...DEFAULTS, ...context.host.flags };
  const lines = Object.entries(flags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  return `\nkubelet flagz\n${WARNING}\n\n${lines.join('\n')}\n`;
}

/** Off by default before 1.35 in the simulated cluster, so one older node has no `/flagz`. */
export function hasFlagz(version: string): boolean {
  const minor = Number(/^v1\.(\d+)/.exec(version)?.[1] ?? 0);
  return minor >= 35;
}
