import { stringify } from 'yaml';

export interface KubeconfigEntry {
  readonly name: string;
  readonly url: string;
  readonly caCertificate: string;
  readonly token: string;
  readonly user?: string;
}

/** One context named like the cluster; the CA is inline, so that the file can be moved. */
export function renderKubeconfig({ name, url, caCertificate, token, user }: KubeconfigEntry): string {
  const userName = user ?? `${name}-admin`;
  const certificateAuthority = Buffer.from(caCertificate).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server: url, 'certificate-authority-data': certificateAuthority } }],
    users: [{ name: userName, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: userName } }],
  });
}
