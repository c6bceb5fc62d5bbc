import { EMBEDDED_ROLES, type EmbeddedFile } from './embedded-file.js';

export interface BannerInfo extends EmbeddedFile {
  home: string;
  cluster: string;
  /** A worker node that the printed drain can empty. */
  node: string;
  docsUrl?: string;
}

/**
 * What a person sees when the start is done. Every command works as pasted, each by itself, with curl and grep alone: the third one looks up the
 * newest operation instead of relying on a variable of the second.
 */
export function renderBanner(info: BannerInfo): string {
  const { tokens, url } = info;
  const auth = (token: string) => `-H 'Authorization: Bearer ${token}'`;
  const drain = {
    reason: 'trying Node Steward',
    options: { ignoreDaemonSets: true, deleteEmptyDirData: true, force: true, timeoutSeconds: 300 },
  };
  const newest = `$(curl -s '${url}/api/v1/operations?first=1' ${auth(tokens.viewer)} | grep -o '[0-9a-f-]\\{36\\}' | head -n 1)`;
  return [
    '',
    '  Node Steward is ready (embedded mode: its own Postgres, a simulated cluster)',
    '',
    `  REST       ${url}/api/v1`,
    `  API docs   ${info.docsUrl ?? `${url}/docs`}`,
    `  GraphQL    ${info.graphqlUrl}`,
    `  kubectl    KUBECONFIG=${quoted(info.kubeconfig)} kubectl get nodes`,
    '',
    ...EMBEDDED_ROLES.map(
      (role, index) => `  ${index === 0 ? 'Tokens' : '      '}     ${role.padEnd(9)} ${tokens[role]}`,
    ),
    '',
    '  List the nodes:',
    `curl -s '${url}/api/v1/clusters/${info.cluster}/nodes' ${auth(tokens.viewer)}`,
    '',
    '  Drain one:',
    `curl -s -X POST '${url}/api/v1/clusters/${info.cluster}/nodes/${info.node}/drain' ${auth(tokens.operator)} -H 'Content-Type: application/json' -d '${JSON.stringify(drain)}'`,
    '',
    '  Follow its events:',
    `curl -sN "${url}/api/v1/operations/${newest}/events" ${auth(tokens.viewer)}`,
    '',
    '  Stop with Ctrl-C; all data stays for the next start.',
    `  Reset, when stopped: rm -rf ${quoted(info.home)}`,
    '',
  ].join('\n');
}

const quoted = (path: string): string => (/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
