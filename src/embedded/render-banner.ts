import { join } from 'node:path';
import { printable } from '../kernel/printable.js';
import { EMBEDDED_ROLES, type EmbeddedFile, type EmbeddedRole } from './embedded-file.js';

export interface BannerInfo extends EmbeddedFile {
  home: string;
  cluster: string;
  /** A worker node that the printed drain can empty. */
  node: string;
  docsUrl?: string;
  /** Whether people look at it. What is kept of the output must not hold tokens. */
  terminal?: boolean;
}

/**
 * What a person sees when the start is done. Every command works as pasted, each by itself, with curl and grep alone: the third one looks up the
 * newest operation instead of relying on a variable of the second.
 */
export function renderBanner(info: BannerInfo): string {
  const { tokens, url } = info;
  const { terminal = true } = info;
  const file = join(info.home, 'embedded.json');
  const textOf = (role: EmbeddedRole) =>
    terminal ? tokens[role] : `$(sed -n 's/.*"${role}": "\\([^"]*\\)".*/\\1/p' ${quoted(file)})`;
  const auth = (role: EmbeddedRole) =>
    terminal ? `-H 'Authorization: Bearer ${textOf(role)}'` : `-H "Authorization: Bearer ${textOf(role)}"`;
  const drain = {
    reason: 'trying Node Steward',
    options: { ignoreDaemonSets: true, deleteEmptyDirData: true, force: true, timeoutSeconds: 300 },
  };
  const newest = `$(curl -s '${url}/api/v1/operations?first=1' ${auth('viewer')} | grep -o '[0-9a-f-]\\{36\\}' | head -n 1)`;
  return [
    '',
    '  Node Steward is ready (embedded mode: its own Postgres, a simulated cluster)',
    '',
    `  REST       ${url}/api/v1`,
    `  API docs   ${info.docsUrl ?? `${url}/docs`}`,
    `  GraphQL    ${info.graphqlUrl}`,
    `  kubectl    KUBECONFIG=${quoted(info.kubeconfig)} kubectl get nodes`,
    '',
    ...(terminal
      ? EMBEDDED_ROLES.map(
          (role, index) => `  ${index === 0 ? 'Tokens' : '      '}     ${role.padEnd(9)} ${tokens[role]}`,
        )
      : [`  Tokens     in ${quoted(file)}, which its owner alone can read`]),
    '',
    '  List the nodes:',
    `curl -s '${url}/api/v1/clusters/${info.cluster}/nodes' ${auth('viewer')}`,
    '',
    '  Drain one:',
    `curl -s -X POST '${url}/api/v1/clusters/${info.cluster}/nodes/${info.node}/drain' ${auth('operator')} -H 'Content-Type: application/json' -d '${JSON.stringify(drain)}'`,
    '',
    '  Follow its events:',
    `curl -sN "${url}/api/v1/operations/${newest}/events" ${auth('viewer')}`,
    '',
    '  Stop with Ctrl-C; all data stays for the next start.',
    `  Reset, when stopped: rm -rf ${quoted(info.home)}`,
    '',
  ]
    .map(printable)
    .join('\n');
}

const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
