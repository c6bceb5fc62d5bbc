import { describe, expect, it } from 'vitest';
import { controller, NOON, samplePod, secondsAfter } from '../../../../test/support/sample-snapshots.js';
import { DEFAULT_DRAIN_OPTIONS, type DrainOptions } from './drain-options.js';
import { type DaemonSetPresence, decidePod } from './pod-decision.js';
import type { PodSnapshot } from './pod-snapshot.js';

const decide = (
  pod: Partial<PodSnapshot>,
  options: Partial<DrainOptions> = {},
  presence: DaemonSetPresence = 'PRESENT',
  evictionSupported = true,
) => {
  const { action, notes } = decidePod(samplePod('p', pod), {
    options: { ...DEFAULT_DRAIN_OPTIONS, ...options },
    now: NOON,
    daemonSet: () => presence,
    evictionSupported,
  });
  return `${action}${notes.map((note) => ` ${note.severity}:${note.code}`).join('')}`;
};

const daemon = { controller: controller('DaemonSet', 'cni') };
const scratch = { emptyDirVolumes: ['scratch'] };
const bare = { controller: null };
const mirror = { isMirror: true, controller: { ...controller('Node', 'worker-1'), apiVersion: 'v1' } };
const deletedFor = (seconds: number) => ({ deletionTimestamp: secondsAfter(NOON, -seconds) });

describe('decidePod', () => {
  it.each<[string, string, Partial<PodSnapshot>, Partial<DrainOptions>, DaemonSetPresence?]>([
    ['a plain pod', 'EVICT', {}, {}],
    ['a plain pod without eviction', 'DELETE', {}, { disableEviction: true }],
    ['a daemon set pod', 'BLOCK ERROR:DAEMON_SET_POD', daemon, {}],
    ['a daemon set pod, ignored', 'IGNORE WARNING:DAEMON_SET_POD', daemon, { ignoreDaemonSets: true }],
    ['force does not remove a live daemon set pod', 'BLOCK ERROR:DAEMON_SET_POD', daemon, { force: true }],
    ['a finished daemon set pod', 'EVICT INFO:FINISHED', { ...daemon, phase: 'Failed' }, {}],
    ['an orphan of a daemon set', 'BLOCK ERROR:DAEMON_SET_GONE', daemon, { ignoreDaemonSets: true }, 'ABSENT'],
    ['an orphan of a daemon set, forced', 'EVICT WARNING:DAEMON_SET_GONE', daemon, { force: true }, 'ABSENT'],
    ['a daemon set that can not be read', 'BLOCK ERROR:DAEMON_SET_UNREADABLE', daemon, { force: true }, 'UNKNOWN'],
    ['a mirror pod', 'SKIP INFO:MIRROR_POD', mirror, {}],
    ['a mirror pod with emptyDir', 'SKIP INFO:MIRROR_POD', { ...mirror, ...scratch }, {}],
    ['local storage', 'BLOCK ERROR:LOCAL_STORAGE', scratch, {}],
    ['local storage given up', 'EVICT WARNING:LOCAL_STORAGE', scratch, { deleteEmptyDirData: true }],
    ['local storage is not unlocked by force', 'BLOCK ERROR:LOCAL_STORAGE', scratch, { force: true }],
    ['a finished pod with local storage', 'EVICT INFO:FINISHED', { ...scratch, phase: 'Succeeded' }, {}],
    ['a host path is not local storage', 'EVICT', { hostPathVolumes: ['logs'] }, {}],
    ['an unmanaged pod', 'BLOCK ERROR:UNMANAGED', bare, {}],
    ['an unmanaged pod, forced', 'EVICT WARNING:UNMANAGED', bare, { force: true }],
    ['a finished unmanaged pod', 'EVICT INFO:FINISHED', { ...bare, phase: 'Succeeded' }, {}],
    ['the first refusal ends the chain', 'BLOCK ERROR:LOCAL_STORAGE', { ...scratch, ...bare }, {}],
    [
      'all warnings are kept',
      'EVICT WARNING:LOCAL_STORAGE WARNING:UNMANAGED',
      { ...scratch, ...bare },
      { deleteEmptyDirData: true, force: true },
    ],
    [
      'an orphan of a daemon set goes on through the chain',
      'BLOCK WARNING:DAEMON_SET_GONE ERROR:LOCAL_STORAGE',
      { ...daemon, ...scratch },
      { force: true },
      'ABSENT',
    ],
    ['a terminating pod', 'EVICT INFO:ALREADY_TERMINATING', deletedFor(100), {}],
    ['overdue', 'SKIP INFO:DELETION_OVERDUE', deletedFor(61), { skipWaitForDeleteTimeoutSeconds: 60 }],
    ['not yet overdue', 'EVICT INFO:ALREADY_TERMINATING', deletedFor(60.9), { skipWaitForDeleteTimeoutSeconds: 60 }],
    [
      'overdue comes before the daemon set',
      'SKIP INFO:DELETION_OVERDUE',
      { ...daemon, ...deletedFor(61) },
      { skipWaitForDeleteTimeoutSeconds: 60 },
    ],
    ['not selected', 'SKIP INFO:NOT_SELECTED', bare, { podSelector: 'app!=api' }],
    ['selected', 'EVICT', {}, { podSelector: 'app in (api, web)' }],
  ])('%s: %s', (_title, expected, pod, options, presence) => {
    expect(decide(pod, options, presence)).toBe(expected);
  });

  it('deletes where the API server has no evictions', () => {
    expect(decide({}, {}, 'PRESENT', false)).toBe('DELETE');
  });

  it('12.2 takes only DaemonSets of Kubernetes itself for daemon sets, by group and kind, as kubectl since 1.35', () => {
    const of = (apiVersion: string) => ({ controller: { ...controller('DaemonSet', 'x'), apiVersion } });
    for (const apiVersion of ['apps.kruise.io/v1alpha1', 'extensions.example/v1', 'v1', 'myapps/v1']) {
      expect(decide(of(apiVersion), {}, 'ABSENT')).toBe('EVICT');
    }
    expect(decide(of('apps/v1beta2'), {}, 'PRESENT')).toBe('BLOCK ERROR:DAEMON_SET_POD');
  });
});
