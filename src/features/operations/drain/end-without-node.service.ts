import type { NodeScheduling } from '../cordon/node-scheduling.service.js';
import { OperationFailed } from '../engine/operation-failed.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import { DrainProgress } from './drain-progress.js';
import { outOfReachNote } from './out-of-reach-note.service.js';

/**
 * The node left the cluster in mid-drain (an autoscaler, a spot machine): its pods went with it, and that is the goal. Not so
 * where the cluster itself lost what it held: then nobody knows what still runs.
 */
export async function endWithoutNode(session: OperationSession, scheduling: NodeScheduling, now: Date): Promise<void> {
  const { nodeName, cluster } = session.operation;
  if (!(await scheduling.clusterKeptState(session, outOfReachNote(session)))) {
    throw new OperationFailed(
      'CLUSTER_STATE_LOST',
      `Node "${nodeName}" is gone, and so is everything else that cluster "${cluster}" held when the drain began: this says nothing about the pods.`,
    );
  }
  // After all writes that are still under way.
  await session.commit({});
  const progress = new DrainProgress(await session.storedPods(), null);
  const left = progress.unsettled();
  for (const { uid } of left) progress.apply(uid, { type: 'NODE_GONE' }, now);
  const change = progress.takeChange();
  if (change) await session.commit(change);
  const others = left.length > 0 ? ` ${left.length} pods that were still to go went with it.` : '';
  const message = `Node "${nodeName}" left the cluster during the drain.${others}`;
  session.addFinding('NODE_GONE', message);
  session.note({ findings: { diagnosis: [] } });
  session.endStep('VERIFY', 'SUCCEEDED', message);
}
