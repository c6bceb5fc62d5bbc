import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { helmPath } from '../support/kubectl.js';
import { projectRoot } from '../support/project-root.js';
import { runCommand } from '../support/run-command.js';

const chart = join(projectRoot, 'deploy/helm/node-steward');

// biome-ignore lint/suspicious/noExplicitAny: manifests of many kinds
type Manifest = any;

async function template(...values: string[]): Promise<Manifest[]> {
  const sets = values.flatMap((value) => ['--set', value]);
  const result = await runCommand(await helmPath(), ['template', 'steward', chart, '--namespace', 'ops', ...sets]);
  expect(result.stderr).toBe('');
  return parseAllDocuments(result.stdout)
    .map((document) => document.toJS() as Manifest)
    .filter((manifest) => manifest !== null);
}

const EVERYTHING = [
  'rbac.force=true',
  'rbac.kubelet=true',
  'rbac.nodeAgent=true',
  'api.autoscaling.enabled=true',
  'worker.keda.enabled=true',
  'queue.secretName=redis',
  'kubeconfig.secretName=clusters',
  'env.RATE_LIMIT_REQUESTS=100',
];

const of = (manifests: Manifest[], kind: string, name?: string): Manifest[] =>
  manifests.filter((m) => m.kind === kind && (name === undefined || m.metadata.name === name));

describe('the Helm chart', () => {
  it('passes helm lint with defaults and with everything on', async () => {
    for (const values of [[], EVERYTHING]) {
      const sets = values.flatMap((value) => ['--set', value]);
      const result = await runCommand(await helmPath(), ['lint', '--strict', chart, ...sets]);
      expect(result.stdout + result.stderr).toContain('0 chart(s) failed');
      expect(result.code).toBe(0);
    }
  });

  it('runs api and worker apart, hardened, with probes on the documented paths', async () => {
    for (const manifests of [await template(), await template(...EVERYTHING)]) {
      const deployments = of(manifests, 'Deployment');
      expect(deployments.map((d) => d.metadata.name)).toEqual([
        'steward-node-steward-api',
        'steward-node-steward-worker',
      ]);
      for (const { spec } of deployments) {
        const pod = spec.template.spec;
        const component = spec.selector.matchLabels['app.kubernetes.io/component'];
        expect(spec.template.metadata.labels).toMatchObject(spec.selector.matchLabels);
        expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
        expect(pod.serviceAccountName).toBe(`steward-node-steward-${component}`);
        for (const container of [...pod.containers, ...pod.initContainers]) {
          expect(container.image).toBe('node-steward:0.1.0');
          expect(container.securityContext).toEqual({
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ['ALL'] },
          });
          const env = Object.fromEntries(container.env.map((e: Manifest) => [e.name, e]));
          expect(env.ROLE.value).toBe(container.name);
          expect([component, 'migrate']).toContain(container.name);
          expect(env.NODE_AGENT_IMAGE.value).toMatch(/^docker\.io\/library\/busybox:\d/);
          expect(env.DATABASE_URL.valueFrom.secretKeyRef).toEqual({ name: 'node-steward-database', key: 'url' });
          for (const entry of container.env) expect(typeof (entry.value ?? '')).toBe('string');
        }
      }
      const api = deployments[0].spec.template.spec.containers[0];
      expect(api.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' });
      expect(api.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' });
      const service = of(manifests, 'Service')[0];
      expect(deployments[0].spec.template.metadata.labels).toMatchObject(service.spec.selector);
    }
  });

  it('grants no more than asked for: the API only reads, the worker operates, the rest is opt-in', async () => {
    const grants = (manifests: Manifest[]) =>
      [...of(manifests, 'ClusterRoleBinding'), ...of(manifests, 'RoleBinding')]
        .map(
          (b) =>
            `${b.subjects[0].name.replace('steward-node-steward-', '')} ${b.roleRef.name.replace(/^(ops-)?steward-node-steward-/, '')}`,
        )
        .sort();
    const standard = await template();
    expect(grants(standard)).toEqual(['api read', 'worker locks', 'worker operate', 'worker read']);
    const all = await template(...EVERYTHING);
    expect(grants(all)).toEqual([
      'api kubelet',
      'api read',
      'worker force',
      'worker kubelet',
      'worker locks',
      'worker node-agent',
      'worker operate',
      'worker read',
    ]);
    expect(of(all, 'RoleBinding').map((b) => b.roleRef.name)).toContain('ops-steward-node-steward-node-agent');
    // The node agent's right counts in the release namespace alone, and is for Jobs and nothing else.
    expect(grants(all).filter((grant) => grant.endsWith('node-agent'))).toEqual(['worker node-agent']);
    expect(of(all, 'ClusterRoleBinding').map((b) => b.roleRef.name)).not.toContain(
      'ops-steward-node-steward-node-agent',
    );
    expect(of(all, 'ClusterRole', 'ops-steward-node-steward-node-agent')[0].rules).toEqual([
      { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'get', 'delete'] },
    ]);
    expect(of(await template('rbac.create=false'), 'ClusterRole')).toEqual([]);

    const roles = [...of(all, 'ClusterRole'), ...of(all, 'Role')];
    const names = new Set(roles.map((role) => `${role.kind}/${role.metadata.name}`));
    for (const binding of [...of(all, 'ClusterRoleBinding'), ...of(all, 'RoleBinding')]) {
      expect(names).toContain(`${binding.roleRef.kind}/${binding.roleRef.name}`);
      expect(binding.subjects[0].namespace).toBe('ops');
    }
    for (const rule of roles.flatMap((role) => role.rules)) {
      expect([...rule.apiGroups, ...rule.resources, ...rule.verbs]).not.toContain('*');
      expect(rule.resources).not.toContain('secrets');
    }
    const read = of(all, 'ClusterRole', 'ops-steward-node-steward-read')[0];
    const writes = read.rules.filter((rule: Manifest) =>
      rule.verbs.some((verb: string) => !['get', 'list', 'watch'].includes(verb)),
    );
    expect(writes.flatMap((rule: Manifest) => rule.resources)).toEqual(['tokenreviews']);
  });

  it('scales, limits disruption and closes the network as the values say', async () => {
    const standard = await template();
    expect(of(standard, 'HorizontalPodAutoscaler')).toEqual([]);
    expect(of(standard, 'ScaledObject')).toEqual([]);
    expect(of(standard, 'Deployment').map((d) => d.spec.replicas)).toEqual([2, 2]);
    expect(of(standard, 'PodDisruptionBudget')).toHaveLength(2);
    const policies = of(standard, 'NetworkPolicy');
    expect(policies.map((p) => p.spec.ingress?.length ?? 0)).toEqual([1, 0]);
    for (const policy of policies) expect(policy.spec.policyTypes).toEqual(['Ingress', 'Egress']);

    const scaled = await template(...EVERYTHING);
    expect(of(scaled, 'Deployment').map((d) => d.spec.replicas)).toEqual([undefined, undefined]);
    expect(of(scaled, 'HorizontalPodAutoscaler')[0].spec.scaleTargetRef.name).toBe('steward-node-steward-api');
    expect(of(scaled, 'ScaledObject')[0].spec.scaleTargetRef.name).toBe('steward-node-steward-worker');
  });

  it.each([
    'rbac.forse=true',
    'api.replicas=-1',
    'database.secretName=',
    'logLevel=loud',
    'kubeletTransport=ssh',
    'nodeAgent.stableSeconds=0',
    'networkPolicy.egressPorts={70000}',
  ])('refuses %s by its schema', async (value) => {
    const result = await runCommand(await helmPath(), ['template', 'steward', chart, '--set', value]);
    expect(result.code).not.toBe(0);
    expect(result.stderr).toContain("values don't meet the specifications of the schema");
  });
});

describe('docker-compose.yml', () => {
  it('starts api and two workers of the same image after the migrations', () => {
    const { services } = parse(readFileSync(join(projectRoot, 'docker-compose.yml'), 'utf8'), { merge: true });
    expect(Object.keys(services)).toEqual(['postgres', 'redis', 'migrate', 'api', 'worker']);
    expect(services.worker.deploy.replicas).toBe(2);
    for (const name of ['migrate', 'api', 'worker']) {
      const { build, environment } = services[name];
      expect(existsSync(join(projectRoot, build.context, build.dockerfile))).toBe(true);
      expect(environment.DATABASE_URL).toMatch(/^postgres:\/\//);
      expect(environment.ROLE).toBe(name);
    }
    expect(services.api.depends_on.migrate.condition).toBe('service_completed_successfully');
  });
});
