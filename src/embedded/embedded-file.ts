import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const EMBEDDED_ROLES = ['viewer', 'operator', 'approver', 'auditor', 'admin'] as const;
export type EmbeddedRole = (typeof EMBEDDED_ROLES)[number];

/** What scripts and tests need to talk to an embedded start; the content of `embedded.json`. */
export interface EmbeddedFile {
  url: string;
  graphqlUrl: string;
  tokens: Record<EmbeddedRole, string>;
  kubeconfig: string;
  databaseUrl: string;
  queueUrl: string;
}

/** Writes `embedded.json`, whole or not at all and readable only by its owner, since it holds tokens. Returns its path. */
export function writeEmbeddedFile(home: string, info: EmbeddedFile): string {
  const path = join(home, 'embedded.json');
  const { url, graphqlUrl, tokens, kubeconfig, databaseUrl, queueUrl } = info;
  const next = `${path}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify({ url, graphqlUrl, tokens, kubeconfig, databaseUrl, queueUrl }, null, 2)}\n`, {
    mode: 0o600,
  });
  renameSync(next, path);
  return path;
}
