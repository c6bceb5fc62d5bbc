import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { chart, chartManifests, EVERYTHING, type Manifest, ofKind } from '../../support/helm-chart.js';
import { helmPath } from '../../support/kubectl.js';
import { projectRoot } from '../../support/project-root.js';
import { runCommand } from '../../support/run-command.js';

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
    for (const manifests of [await chartManifests(), await chartManifests(...EVERYTHING)]) {
      const deployments = ofKind(manifests, 'Deployment');
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
      const service = ofKind(manifests, 'Service')[0];
      expect(deployments[0].spec.template.metadata.labels).toMatchObject(service.spec.selector);
    }
  });

  it('grants no more than asked for: the API only reads, the worker operates, the rest is opt-in', async () => {
    const grants = (manifests: Manifest[]) =>
      [...ofKind(manifests, 'ClusterRoleBinding'), ...ofKind(manifests, 'RoleBinding')]
        .map(
          (b) =>
            `${b.subjects[0].name.replace('steward-node-steward-', '')} ${b.roleRef.name.replace(/^(ops-)?steward-node-steward-/, '')}`,
        )
        .sort();
    const standard = await chartManifests();
    expect(grants(standard)).toEqual(['api read', 'worker locks', 'worker operate', 'worker read']);
    const all = await chartManifests(...EVERYTHING);
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
    expect(ofKind(all, 'RoleBinding').map((b) => b.roleRef.name)).toContain('ops-steward-node-steward-node-agent');
    // The node agent's right counts in the release namespace alone, and is for Jobs and nothing else.
    expect(grants(all).filter((grant) => grant.endsWith('node-agent'))).toEqual(['worker node-agent']);
    expect(ofKind(all, 'ClusterRoleBinding').map((b) => b.roleRef.name)).not.toContain(
      'ops-steward-node-steward-node-agent',
    );
    expect(ofKind(all, 'ClusterRole', 'ops-steward-node-steward-node-agent')[0].rules).toEqual([
      { apiGroups: ['batch'], resources: ['jobs'], verbs: ['create', 'get', 'delete'] },
    ]);
    expect(ofKind(await chartManifests('rbac.create=false'), 'ClusterRole')).toEqual([]);

    const roles = [...ofKind(all, 'ClusterRole'), ...ofKind(all, 'Role')];
    const names = new Set(roles.map((role) => `${role.kind}/${role.metadata.name}`));
    for (const binding of [...ofKind(all, 'ClusterRoleBinding'), ...ofKind(all, 'RoleBinding')]) {
      expect(names).toContain(`${binding.roleRef.kind}/${binding.roleRef.name}`);
      expect(binding.subjects[0].namespace).toBe('ops');
    }
    for (const rule of roles.flatMap((role) => role.rules)) {
      expect([...rule.apiGroups, ...rule.resources, ...rule.verbs]).not.toContain('*');
      expect(rule.resources).not.toContain('secrets');
    }
    const read = ofKind(all, 'ClusterRole', 'ops-steward-node-steward-read')[0];
    const writes = read.rules.filter((rule: Manifest) =>
      rule.verbs.some((verb: string) => !['get', 'list', 'watch'].includes(verb)),
    );
    expect(writes.flatMap((rule: Manifest) => rule.resources)).toEqual([]);
  });

  it('scales, limits disruption and closes the network as the values say', async () => {
    const standard = await chartManifests();
    expect(ofKind(standard, 'HorizontalPodAutoscaler')).toEqual([]);
    expect(ofKind(standard, 'ScaledObject')).toEqual([]);
    expect(ofKind(standard, 'Deployment').map((d) => d.spec.replicas)).toEqual([2, 2]);
    expect(ofKind(standard, 'PodDisruptionBudget')).toHaveLength(2);
    const policies = ofKind(standard, 'NetworkPolicy');
    expect(policies.map((p) => p.spec.ingress?.length ?? 0)).toEqual([1, 1]);
    for (const policy of policies) expect(policy.spec.policyTypes).toEqual(['Ingress', 'Egress']);

    const scaled = await chartManifests(...EVERYTHING);
    expect(ofKind(scaled, 'Deployment').map((d) => d.spec.replicas)).toEqual([undefined, undefined]);
    expect(ofKind(scaled, 'HorizontalPodAutoscaler')[0].spec.scaleTargetRef.name).toBe('steward-node-steward-api');
    expect(ofKind(scaled, 'ScaledObject')[0].spec.scaleTargetRef.name).toBe('steward-node-steward-worker');
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
