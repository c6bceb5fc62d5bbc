import { stableHash } from '../controllers/stable-hash.js';
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

/** Each process of a real kubelet picks one, so that nobody relies on it. */
const DELIMITERS = [':', ': ', '=', ' '];
const STRUCTURED = /application\/json;v=(v1alpha1|v1beta1);g=config\.k8s\.io;as=Flagz/;

const flagsOf = (context: KubeletContext): [string, string][] =>
  Object.entries({ ...DEFAULTS, ...context.host.flags }).sort(([a], [b]) => (a < b ? -1 : 1));

export interface FlagzAnswer {
  readonly type: string;
  readonly text: string;
  readonly warning?: string;
}

/** `/flagz`: structured where that is asked for, text otherwise. */
export function flagzAnswer(context: KubeletContext, accept: string | undefined): FlagzAnswer {
  const version = STRUCTURED.exec(accept ?? '')?.[1];
  if (version === undefined) return { type: 'text/plain; charset=utf-8', text: flagzPage(context) };
  const text = JSON.stringify({
    kind: 'Flagz',
    apiVersion: `config.k8s.io/${version}`,
    metadata: { name: 'kubelet' },
    flags: Object.fromEntries(flagsOf(context)),
  });
  const type = `application/json;g=config.k8s.io;v=${version};as=Flagz`;
  const warning = '299 - "This version of the flagz endpoint is deprecated. Please use a newer version."';
  return version === 'v1alpha1' ? { type, text, warning } : { type, text };
}

function flagzPage(context: KubeletContext): string {
  const { restarts, nodeName } = context.host;
  const delimiter = DELIMITERS[(restarts + stableHash(nodeName)) % DELIMITERS.length];
  const lines = flagsOf(context).map(([name, value]) => `${name}${delimiter}${value}`);
  return `\nkubelet flagz\n${WARNING}\n${lines.join('\n')}\n`;
}

/** Off by default before 1.35 in the simulated cluster, so one older node has no `/flagz`. */
export function hasFlagz(version: string): boolean {
  const minor = Number(/^v1\.(\d+)/.exec(version)?.[1] ?? 0);
  return minor >= 35;
}
