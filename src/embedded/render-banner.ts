import { join } from 'node:path';
import { printable } from '../kernel/printable.js';
import { EMBEDDED_ROLES, type EmbeddedFile, type EmbeddedRole } from './embedded-file.js';

export interface BannerInfo extends EmbeddedFile {
  home: string;
  /** Whose nodes the commands are about. */
  cluster: string;
  /** A node for the printed drain; null: none is known. Of a simulated cluster, one that can be emptied. */
  node: string | null;
  /** Of real clusters, which are there without us; empty: the cluster is simulated. */
  realClusters?: readonly string[];
  /** Whether Postgres is our own. */
  ownPostgres?: boolean;
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
  const newest = `$(curl -s '${url}/api/v1/operations?first=1' ${auth('viewer')} | grep -o '[0-9a-f-]\\{36\\}' | head -n 1)`;
  return [
    '',
    `  Node Steward is ready (embedded mode: ${partsOf(info)})`,
    '',
    `  REST       ${url}/api/v1`,
    `  API docs   ${info.docsUrl ?? `${url}/docs`}`,
    `  GraphQL    ${info.graphqlUrl}`,
    `  kubectl    ${kubectlOf(info)} get nodes`,
    '',
    ...(terminal
      ? EMBEDDED_ROLES.map(
          (role, index) => `  ${index === 0 ? 'Tokens' : '      '}     ${role.padEnd(9)} ${tokens[role]}`,
        )
      : [`  Tokens     in ${quoted(file)}, which its owner alone can read`]),
    '',
    '  List the nodes:',
    `curl -s '${url}/api/v1/clusters/${encodeURIComponent(info.cluster)}/nodes' ${auth('viewer')}`,
    '',
    ...drainCommands(info, auth('operator')),
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

function partsOf({ realClusters = [], ownPostgres = true }: BannerInfo): string {
  const postgres = ownPostgres ? 'its own Postgres' : 'the Postgres of DATABASE_URL';
  if (realClusters.length === 0) return `${postgres}, a simulated cluster`;
  return `${postgres}, the real ${realClusters.length === 1 ? 'cluster' : 'clusters'} ${realClusters.join(', ')}`;
}

function kubectlOf({ kubeconfig, cluster, realClusters = [] }: BannerInfo): string {
  if (realClusters.length === 0) return `KUBECONFIG=${quoted(kubeconfig)} kubectl`;
  // Without a file the credentials are those of the pod that we run in.
  return kubeconfig === '' ? 'kubectl' : `KUBECONFIG=${quoted(kubeconfig)} kubectl --context ${quoted(cluster)}`;
}

/** On a real node what is pasted first changes nothing, and the drain after it forces nothing. */
function drainCommands({ url, cluster, node, realClusters = [] }: BannerInfo, auth: string): string[] {
  const isReal = realClusters.length > 0;
  if (node === null)
    return [`  No node of ${cluster} could be listed yet; once one is, a drain is planned with its name.`, ''];
  const path = `${url}/api/v1/clusters/${encodeURIComponent(cluster)}/nodes/${encodeURIComponent(node)}`;
  const post = (action: string, body: object) =>
    `curl -s -X POST '${path}/${action}' ${auth} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
  const options = isReal
    ? { ignoreDaemonSets: true, timeoutSeconds: 300 }
    : { ignoreDaemonSets: true, deleteEmptyDirData: true, force: true, timeoutSeconds: 300 };
  const drain = post('drain', { reason: 'trying Node Steward', options });
  if (!isReal) return ['  Drain one:', drain, ''];
  return [
    '  Plan a drain, which changes nothing:',
    post('drain-plan', { options }),
    '',
    `  Drain the real node ${node}, once the plan is right:`,
    drain,
    '',
  ];
}
