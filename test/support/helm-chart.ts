import { join } from 'node:path';
import { expect } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { helmPath } from './kubectl.js';
import { projectRoot } from './project-root.js';
import { runCommand } from './run-command.js';

export const chart = join(projectRoot, 'deploy/helm/node-steward');

// biome-ignore lint/suspicious/noExplicitAny: manifests of many kinds
export type Manifest = any;

export async function chartManifests(...values: string[]): Promise<Manifest[]> {
  const sets = values.flatMap((value) => ['--set', value]);
  const result = await runCommand(await helmPath(), ['template', 'steward', chart, '--namespace', 'ops', ...sets]);
  expect(result.stderr).toBe('');
  return parseAllDocuments(result.stdout)
    .map((document) => document.toJS() as Manifest)
    .filter((manifest) => manifest !== null);
}

/** Values that turn everything on. */
export const EVERYTHING = [
  'rbac.force=true',
  'rbac.kubelet=true',
  'rbac.nodeAgent=true',
  'api.autoscaling.enabled=true',
  'worker.keda.enabled=true',
  'queue.secretName=redis',
  'kubeconfig.secretName=clusters',
  'env.RATE_LIMIT_REQUESTS=100',
];

export const ofKind = (manifests: Manifest[], kind: string, name?: string): Manifest[] =>
  manifests.filter((m) => m.kind === kind && (name === undefined || m.metadata.name === name));
