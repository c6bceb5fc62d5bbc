import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ClusterClient } from '../../support/cluster-client.js';
import { freezeProcesses } from '../../support/freeze-processes.js';
import { startTestClusterProcess } from '../../support/simulated-cluster.js';

it('10.7 a child that was stopped and continued goes on: its guard does not take that for the end of its parent', async () => {
  const process = await startTestClusterProcess();
  const client = new ClusterClient(process.kubeconfigPath);
  try {
    const thaw = freezeProcesses(process.pid);
    thaw();
    // A guard that gives up asks its child to end at once, and after three seconds ends it.
    await sleep(4_000);
    expect(await client.call('GET', '/api/v1/nodes')).toMatchObject({ kind: 'NodeList' });
  } finally {
    await client.close();
    await process.close();
  }
});
