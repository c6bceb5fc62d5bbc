import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportPlan } from '../export/export-plan.js';
import { KUBELET_DEFAULTS } from '../fields/kubelet-fields.js';
import type { JsonObject } from '../json/json-value.js';
import { mergePatch } from '../json/merge-patch.js';
import type { ConfigTarget } from '../validation/config-target.js';
import { explainChange } from './explain-change.js';
import { configYaml, unifiedDiff } from './unified-diff.js';

const live: JsonObject = {
  ...KUBELET_DEFAULTS,
  maxPods: 110,
  address: '10.0.0.1',
  seccompDefault: false,
  tlsCertFile: '/var/lib/kubelet/n.crt',
};
const target = (node: string, over: Partial<ConfigTarget> = {}): ConfigTarget => ({
  node,
  kubeletVersion: 'v1.36.1',
  platform: 'kubeadm',
  dropInDirectory: '/etc/kubernetes/kubelet.conf.d',
  live,
  ...over,
});

describe('explainChange', () => {
  it('groups targets by what they run with, whatever is specific to each node', () => {
    const { groups } = explainChange({ maxPods: 200 }, [
      target('a'),
      target('b', { live: { ...live, address: '10.0.0.2', providerID: 'x', syncFrequency: '60s' } }),
      target('c', { live: { ...live, podPidsLimit: 100 } }),
    ]);
    expect(groups.map(({ nodes }) => nodes)).toEqual([['a', 'b'], ['c']]);
  });

  it('says what changes, how risky it is and why', () => {
    const { groups, risk, drainFirst } = explainChange(
      { maxPods: 60, cpuManagerPolicy: 'static', reservedSystemCPUs: '0-1' },
      [target('a')],
    );
    expect({ risk, drainFirst }).toEqual({ risk: 'high', drainFirst: true });
    expect(groups[0]?.changes.map(({ path, before, after, risk: r }) => [path, before, after, r])).toEqual([
      ['/cpuManagerPolicy', 'none', 'static', 'high'],
      ['/maxPods', 110, 60, 'high'],
      ['/reservedSystemCPUs', '', '0-1', 'high'],
    ]);
    expect(groups[0]?.checkpointFiles).toEqual([
      '/var/lib/kubelet/cpu_manager_state',
      '/var/lib/kubelet/memory_manager_state',
    ]);
    expect(groups[0]?.changes[1]?.why).toContain('OutOfpods');
  });

  it('judges by direction: more pods is a medium risk without a drain', () => {
    expect(explainChange({ maxPods: 200 }, [target('a')])).toMatchObject({ risk: 'medium', drainFirst: false });
  });

  it('sees through other spellings of the same value and names nodes that have it already', () => {
    const patch = {
      imageMinimumGCAge: '120s',
      containerLogMaxSize: '10485760',
      evictionHard: { 'memory.available': '102400Ki' },
    };
    const { compliantNodes, groups, risk } = explainChange(patch, [target('a')]);
    expect(compliantNodes).toEqual(['a']);
    expect(groups[0]).toMatchObject({ changes: [], unifiedDiff: '', compliant: true });
    expect(risk).toBe('low');
  });

  it('reports removal as the default that comes back', () => {
    const on = target('a', { live: { ...live, podPidsLimit: 500 } });
    expect(explainChange({ podPidsLimit: null }, [on]).groups[0]?.changes).toMatchObject([
      { path: '/podPidsLimit', before: 500, after: -1 },
    ]);
  });

  it('names flags that override the change, by node', () => {
    const explanation = explainChange({ maxPods: 200, clusterDNS: ['10.0.0.10'], kubeAPIQPS: 70 }, [
      target('a', { flags: { 'max-pods': '110', v: '2' } }),
      target('b', { flags: { '--cluster-dns': '10.96.0.10', 'kube-api-qps': '50' } }),
    ]);
    expect(explanation.groups[0]?.flagOverrides).toEqual([
      { flag: '--max-pods', value: '110', field: 'maxPods', nodes: ['a'] },
      { flag: '--cluster-dns', value: '10.96.0.10', field: 'clusterDNS', nodes: ['b'] },
      { flag: '--kube-api-qps', value: '50', field: 'kubeAPIQPS', nodes: ['b'] },
    ]);
    expect(explanation.overriddenNodes).toEqual(['a', 'b']);
  });

  it('shows the posture findings that it fixes and opens', () => {
    const { groups } = explainChange({ seccompDefault: true, podPidsLimit: 4096, makeIPTablesUtilChains: false }, [
      target('a'),
    ]);
    expect(groups[0]?.posture.fixed.map(({ id }) => id)).toEqual(['4.2.13', '4.2.14']);
    expect(groups[0]?.posture.opened.map(({ id }) => id)).toEqual(['4.2.6']);
  });

  it('never throws, not even on a draft that is not valid yet', () => {
    const name = fc.oneof(fc.constantFrom(...Object.keys(KUBELET_DEFAULTS), 'nope', '__proto__'), fc.string());
    const patches = fc.dictionary(name, fc.oneof(fc.jsonValue(), fc.constantFrom(null, '5m', '1Gi', '10%', 3)));
    fc.assert(
      fc.property(patches, patches, (patch, other) => {
        const targets = [target('a'), target('b', { live: other as JsonObject, flags: { '': '', 'max-pods': '1' } })];
        const plan = exportPlan(patch as JsonObject, explainChange(patch as JsonObject, targets), targets);
        expect(plan.groups.length).toBeLessThanOrEqual(2);
      }),
    );
  });

  it('explains against the defaults where the live configuration is unknown, and never calls that compliant', () => {
    const { groups, compliantNodes } = explainChange({ maxPods: 110 }, [target('a', { live: null })]);
    expect(groups[0]?.configHash).toBeNull();
    expect(compliantNodes).toEqual([]);
  });
});

describe('unifiedDiff', () => {
  it('prints what diff -u prints', () => {
    const before = configYaml({ maxPods: 110, a: 1, b: 2, c: 3, d: 4, z: 1 });
    const after = configYaml({ maxPods: 200, a: 1, b: 2, c: 3, d: 4, z: 1 });
    expect(unifiedDiff(before, after)).toBe(
      [
        '--- before',
        '+++ after',
        '@@ -4,5 +4,5 @@',
        ' b: 2',
        ' c: 3',
        ' d: 4',
        '-maxPods: 110',
        '+maxPods: 200',
        ' z: 1',
        '',
      ].join('\n'),
    );
  });

  it('can be applied: the hunks turn the first text into the second', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd: 1'), { minLength: 1, maxLength: 25 });
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const diff = unifiedDiff(a.join('\n'), b.join('\n'));
        expect(applyHunks(a, diff)).toEqual(b);
      }),
    );
  });
});

/** A patch program small enough to trust. */
function applyHunks(lines: string[], diff: string): string[] {
  const result: string[] = [];
  let at = 0;
  for (const line of diff.split('\n').slice(2, -1)) {
    const header = /^@@ -(\d+),(\d+)/.exec(line);
    if (header) {
      const start = Number(header[1]) - (header[2] === '0' ? 0 : 1);
      while (at < start) result.push(lines[at++] as string);
    } else if (line.startsWith('+')) result.push(line.slice(1));
    else {
      expect(lines[at]).toBe(line.slice(1));
      if (line.startsWith(' ')) result.push(line.slice(1));
      at++;
    }
  }
  return [...result, ...lines.slice(at)];
}

describe('merge patch', () => {
  it.each<[JsonObject, JsonObject, JsonObject]>([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b', c: 1 }, { a: null }, { c: 1 }],
    [{ a: ['b'] }, { a: ['c', 'd'] }, { a: ['c', 'd'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (base, patch, wanted) => expect(mergePatch(base, patch)).toEqual(wanted));

  it('is idempotent and leaves prototypes alone', () => {
    const json = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(json, json, (base, patch) => {
        const [b, p] = [base, patch] as [JsonObject, JsonObject];
        expect(mergePatch(mergePatch(b, p), p)).toEqual(mergePatch(b, p));
      }),
    );
    const hostile = JSON.parse('{"__proto__":{"polluted":true}}');
    expect(Object.getPrototypeOf(mergePatch({}, hostile))).toBe(Object.prototype);
    expect(({} as JsonObject).polluted).toBeUndefined();
  });
});

describe('exportPlan', () => {
  const targets = [
    target('a'),
    target('b', { dropInDirectory: null, live: { ...live, podPidsLimit: 1 } }),
    target('c', { platform: 'managed' }),
    target('d', { platform: 'k3s', dropInDirectory: undefined, flags: { 'cpu-manager-policy': 'none' } }),
  ];
  const patch = { cpuManagerPolicy: 'static', reservedSystemCPUs: '0', evictionHard: { 'memory.available': '500Mi' } };
  const plan = exportPlan(patch, explainChange(patch, targets), targets);
  const of = (node: string) => plan.groups.find(({ nodes }) => nodes.includes(node));

  it('writes one drop-in with a header and every threshold', () => {
    expect(of('a')?.dropIn).toEqual({
      path: '/etc/kubernetes/kubelet.conf.d/90-node-steward.conf',
      content: `apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cpuManagerPolicy: static
evictionHard:
  imagefs.available: 15%
  memory.available: 500Mi
  nodefs.available: 10%
  nodefs.inodesFree: 5%
reservedSystemCPUs: "0"
`,
    });
    expect(of('a')?.commands.map(({ on, command }) => `${on}: ${command}`)).toEqual([
      'workstation: kubectl drain "$NODE" --ignore-daemonsets --delete-emptydir-data',
      'node: install -D -m 0644 90-node-steward.conf /etc/kubernetes/kubelet.conf.d/90-node-steward.conf',
      'node: systemctl stop kubelet',
      'node: rm -f /var/lib/kubelet/cpu_manager_state /var/lib/kubelet/memory_manager_state',
      'node: systemctl restart kubelet',
      'node: curl --fail --silent http://127.0.0.1:10248/healthz',
      'workstation: kubectl get --raw "/api/v1/nodes/$NODE/proxy/configz"',
      'workstation: kubectl uncordon "$NODE"',
    ]);
  });

  it('changes the main file without a drop-in directory, and nothing on managed hosts', () => {
    expect(of('b')).toMatchObject({
      dropIn: null,
      mainFileChange: expect.stringContaining('cpuManagerPolicy: static'),
    });
    expect(of('c')).toMatchObject({ dropIn: null, mainFileChange: null, commands: [] });
    expect(of('c')?.notes[0]).toContain('node pool');
  });

  it('knows the k3s directory and warns of flags', () => {
    expect(of('d')?.dropIn?.path).toBe('/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/90-node-steward.conf');
    expect(of('d')?.notes[0]).toContain('--cpu-manager-policy=none overrides cpuManagerPolicy on d');
  });

  it('keeps the kubeadm ConfigMap in step', () => {
    expect(plan.kubeadmConfigMap).toMatchObject({ namespace: 'kube-system', name: 'kubelet-config', key: 'kubelet' });
    expect(
      exportPlan(patch, explainChange(patch, [targets[3] as ConfigTarget]), [targets[3] as ConfigTarget])
        .kubeadmConfigMap,
    ).toBeNull();
  });
});
