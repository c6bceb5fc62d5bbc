import { expect, it } from 'vitest';
import type { Pod } from '../controllers/kube-types.js';
import { ContainerLog } from './container-log.js';

it('10.26 gives exactly the lines of a tail, though the log grows while it is read', async () => {
  const started = Date.parse('2026-11-25T10:00:00Z');
  let now = started + 60_000;
  const pod = {
    metadata: { name: 'fast', annotations: { 'simulation.node-steward.dev/log-lines-per-second': '5000' } },
    spec: { containers: [{ name: 'c' }] },
    status: { containerStatuses: [{ name: 'c', state: { running: { startedAt: new Date(started).toISOString() } } }] },
  } as unknown as Pod;
  // Each look at the clock is a millisecond later, in which five more lines are written.
  const log = new ContainerLog(pod, 'c', () => (now += 1));
  const chunks: string[] = [];
  for await (const chunk of log.read({ tailLines: 3 }, () => false)) chunks.push(chunk);
  expect(chunks.join('').trimEnd().split('\n')).toHaveLength(3);
});
