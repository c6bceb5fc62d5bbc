import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { NODE_PLATFORMS, type NodePlatform } from '../../../../kernel/node-platform.js';
import { explainChange } from '../explain/explain-change.js';
import { KUBELET_FIELDS } from '../fields/kubelet-fields.js';
import type { JsonObject } from '../json/json-value.js';
import type { ConfigTarget } from '../validation/config-target.js';
import { exportPlan, type GroupPlan } from './export-plan.js';
import { kubeletArgs } from './kubelet-args.js';

const PATCH: JsonObject = {
  maxPods: 90,
  systemReserved: { cpu: '200m', memory: '1Gi' },
  shutdownGracePeriod: '30s',
  containerLogMaxSize: null,
};

function planOf(platform: NodePlatform, more: Partial<ConfigTarget> = {}, patch = PATCH): GroupPlan {
  const target: ConfigTarget = { node: 'n', kubeletVersion: 'v1.33.1', platform, live: {}, ...more };
  const [group] = exportPlan(patch, explainChange(patch, [target]), [target]).groups;
  return group as GroupPlan;
}

const onNode = ({ commands }: GroupPlan) => commands.flatMap(({ on, command }) => (on === 'node' ? [command] : []));
const words = ({ notes }: GroupPlan) => notes.join('\n');

describe('10.22 what a node says of itself runs nothing in the commands of a plan', () => {
  it.each(['/etc/kubelet.d; echo', '/etc/$(echo)', '/etc/`echo`', "/etc/'; echo; '", '/etc/a b'])(
    'the drop-in directory %j is one word',
    (dropInDirectory) => {
      const commands = onNode(planOf('kubeadm', { dropInDirectory }));
      const [install] = commands;
      const words = execFileSync('/bin/sh', ['-c', `install() { printf '%s\\n' "$@"; }; ${install}`]).toString();
      expect(words.trimEnd().split('\n').at(-1)).toBe(`${dropInDirectory}/90-node-steward.conf`);
      expect(words.trimEnd().split('\n')).toHaveLength(5);
    },
  );

  it('the main file is one word in each command', () => {
    const commands = onNode(planOf('kubeadm', { configFile: '/etc/kubelet $(echo).yaml' }));
    expect(commands).toContain(`"$EDITOR" '/etc/kubelet $(echo).yaml'`);
    expect(commands[0]).toContain(`cp -p '/etc/kubelet $(echo).yaml' '/etc/kubelet $(echo).yaml.bak'`);
  });

  it('a port that is none, and a path that a terminal would obey, are in no command', () => {
    const live = { healthzPort: '1; echo' } as never;
    expect(onNode(planOf('kubeadm', { live })).join()).not.toContain('echo');
    for (const dropInDirectory of ['/etc/\u001b[2Jkubelet', '-t/etc', 'etc'])
      expect(planOf('kubeadm', { dropInDirectory }).commands).toEqual([]);
  });
});

describe('12.14 a plan goes the way of the platform', () => {
  it.each<[NodePlatform, string, string]>([
    ['eks', '/etc/kubernetes/kubelet/config.json.d/90-node-steward.conf', 'systemctl restart kubelet'],
    ['k3s', '/var/lib/rancher/k3s/agent/etc/kubelet.conf.d/90-node-steward.conf', 'systemctl restart k3s'],
    ['rke2', '/var/lib/rancher/rke2/agent/etc/kubelet.conf.d/90-node-steward.conf', 'systemctl restart rke2-agent'],
  ])('%s takes the drop-in %s', (platform, path, restart) => {
    const plan = planOf(platform);
    expect(plan).toMatchObject({ managedBy: null, dropIn: { path }, mainFileChange: null });
    expect(parse(plan.dropIn?.content ?? '')).toMatchObject({ kind: 'KubeletConfiguration', maxPods: 90 });
    expect(onNode(plan).join('\n')).toContain(restart);
    expect(onNode(plan).join('\n')).toContain(path);
  });

  it.each<[NodePlatform, string, string]>([
    ['kubeadm', '/var/lib/kubelet/config.yaml', 'systemctl restart kubelet'],
    ['eks-al2', '/etc/kubernetes/kubelet/kubelet-config.json', 'systemctl restart kubelet'],
    ['microshift', '/etc/microshift/config.yaml', 'systemctl restart microshift'],
  ])('%s takes its main file %s', (platform, path, restart) => {
    const plan = planOf(platform);
    expect(plan).toMatchObject({ managedBy: null, dropIn: null, mainFile: path });
    expect(plan.mainFileChange).toContain('maxPods: 90');
    expect(onNode(plan)).toContain(restart);
    expect(onNode(plan)).toContain(`"$EDITOR" ${path}`);
  });

  it.each<[NodePlatform, string]>([
    ['k3s', '/etc/rancher/k3s'],
    ['rke2', '/etc/rancher/rke2'],
  ])('%s before 1.32 takes kubelet-arg in its own configuration', (platform, folder) => {
    const plan = planOf(platform, { kubeletVersion: `v1.31.9+${platform}1` });
    expect(plan).toMatchObject({ dropIn: null, mainFile: `${folder}/config.yaml` });
    expect(parse(plan.mainFileChange ?? '')).toEqual({
      'kubelet-arg': [
        'max-pods=90',
        'system-reserved=cpu=200m,memory=1Gi',
        `config=${folder}/node-steward-kubelet.yaml`,
      ],
    });
    expect(words(plan)).toContain('shutdownGracePeriod: 30s');
    expect(words(plan)).toContain('container-log-max-size');
    expect(JSON.stringify(plan)).not.toContain('kubelet.conf.d');
  });

  it.each<[NodePlatform, RegExp, RegExp]>([
    ['openshift', /Machine Config Operator/, /kind: KubeletConfig[\s\S]*maxPods: 90/],
    ['talos', /Talos/, /machine:\n {2}kubelet:\n {4}extraConfig:[\s\S]*maxPods: 90/],
    ['karpenter', /Karpenter/, /spec:\n {2}kubelet:[\s\S]*maxPods: 90/],
    ['kops', /kops/, /spec:\n {2}kubelet:[\s\S]*maxPods: 90/],
  ])('%s: managed, with a manifest for what owns it', (platform, by, content) => {
    const plan = planOf(platform);
    expect(plan).toMatchObject({ dropIn: null, mainFileChange: null, managedBy: expect.stringMatching(by) });
    expect(plan.manifest?.content).toMatch(content);
    expect(onNode(plan)).toEqual([]);
  });

  it.each<[NodePlatform, RegExp]>([
    ['bottlerocket', /Bottlerocket/],
    ['eks-auto', /EKS Auto Mode/],
    ['gke', /GKE/],
    ['aks', /AKS/],
    ['managed', /provider/],
  ])('%s: managed, in words', (platform, by) => {
    const plan = planOf(platform);
    expect(plan).toMatchObject({ dropIn: null, mainFileChange: null, managedBy: expect.stringMatching(by) });
    expect(words(plan)).toMatch(by);
    expect(onNode(plan)).toEqual([]);
  });

  it('names Google’s spelling and what its node pools do not take', () => {
    const plan = planOf('gke', {}, { imageGCHighThresholdPercent: 90, maxPods: 90 });
    expect(parse(plan.manifest?.content ?? '')).toEqual({ kubeletConfig: { imageGcHighThresholdPercent: 90 } });
    expect(words(plan)).toContain('takes no maxPods');
  });

  it.each<[NodePlatform, RegExp]>([
    ['windows', /Not possible on this node: it runs Windows/],
    ['virtual', /Not possible on this node: it is a virtual node/],
  ])('%s: not possible', (platform, why) => {
    const plan = planOf(platform);
    expect(plan).toMatchObject({ dropIn: null, mainFileChange: null, manifest: null, commands: [] });
    expect(words(plan)).toMatch(why);
  });

  it('an unknown platform gets the files that its kubelet names, and no command', () => {
    const named = planOf('unknown', { dropInDirectory: '/opt/kubelet.d', configFile: '/opt/kubelet.yaml' });
    expect(named).toMatchObject({ dropIn: { path: '/opt/kubelet.d/90-node-steward.conf' }, commands: [] });
    const main = planOf('unknown', { dropInDirectory: null, configFile: '/opt/kubelet.yaml' });
    expect(main).toMatchObject({ dropIn: null, mainFile: '/opt/kubelet.yaml', commands: [] });
    const nothing = planOf('unknown');
    expect(nothing).toMatchObject({ dropIn: null, mainFile: null, commands: [] });
    expect(nothing.mainFileChange).toContain('maxPods: 90');
    expect(words(nothing)).toContain('not known');
  });

  it('what the kubelet itself says of its files goes before what is usual', () => {
    expect(planOf('eks', { dropInDirectory: '/etc/x.d' }).dropIn?.path).toBe('/etc/x.d/90-node-steward.conf');
    const without = planOf('eks', { dropInDirectory: null, configFile: '/etc/kubernetes/kubelet/config.json' });
    expect(without).toMatchObject({ dropIn: null, mainFile: '/etc/kubernetes/kubelet/config.json' });
    expect(planOf('kubeadm', { configFile: '/srv/kubelet.yaml' }).mainFile).toBe('/srv/kubelet.yaml');
  });

  it.each(NODE_PLATFORMS)('%s has a way or says who has', (platform) => {
    const { dropIn, mainFileChange, managedBy, notes } = planOf(platform);
    expect(dropIn !== null || mainFileChange !== null || managedBy !== null || notes.length > 0).toBe(true);
  });
});

it('12.14 flags in kubelet-arg are flags that a kubelet has', () => {
  const url = new URL('../../../../../test/data/kubelet/real-kubelet-flag-names-1.36.json', import.meta.url);
  const flags = new Set<string>(JSON.parse(readFileSync(url, 'utf8')));
  const everything = Object.fromEntries([...KUBELET_FIELDS.keys()].map((name) => [name, 'x']));
  const { args } = kubeletArgs(everything);
  expect(args.length).toBeGreaterThan(50);
  expect(args.map((arg) => arg.split('=')[0]).filter((flag) => !flags.has(flag as string))).toEqual([]);
  expect(kubeletArgs({ evictionHard: { 'memory.available': '5%', 'nodefs.available': null } }).args).toEqual([
    'eviction-hard=memory.available<5%',
  ]);
});
