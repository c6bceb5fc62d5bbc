import { expect, it } from 'vitest';
import { kubeletFigures } from './kubelet-figures.js';

const now = new Date('2026-11-25T10:00:00Z');
const metrics = 'process_start_time_seconds 1.79557393678e+09\n';

it('12.32 tells when a kubelet was started by its process, where its cgroup has no figures', () => {
  const started = '2026-11-25T02:00:00Z';
  const stats = { node: { systemContainers: [{ name: 'kubelet', startTime: started }] } };
  expect(kubeletFigures(stats, metrics, now).kubeletStartedAt).toEqual(new Date(started));
  expect(kubeletFigures({ node: {} }, metrics, now).kubeletStartedAt).toEqual(new Date(1795573936780));
  expect(kubeletFigures({ node: {} }, '', now).kubeletStartedAt).toBeNull();
});
