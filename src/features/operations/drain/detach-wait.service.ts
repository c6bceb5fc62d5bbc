import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicNow } from '../../../kernel/monotonic.js';
import { OperationFailed } from '../engine/operation-failed.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import { persistently } from '../engine/persistently.service.js';
import type { DrainGateway } from './drain-gateway.port.js';
import type { DrainOptions } from './drain-options.js';
import { outOfReachNote } from './out-of-reach-note.service.js';

const LOOK_EVERY_MS = 500;

/** Waits until the VolumeAttachment objects of the removed pods' volumes are gone: only then may others attach them. */
export async function detachWait(
  session: OperationSession,
  gateway: DrainGateway,
  { waitForVolumeDetach, volumeDetachTimeoutSeconds }: DrainOptions,
): Promise<void> {
  if (!waitForVolumeDetach) return session.endStep('WAIT_DETACH', 'SKIPPED', 'not asked for');
  session.startStep('WAIT_DETACH');
  const { operation, signal } = session;
  const volumes = [...new Set((await session.storedPods()).flatMap((pod) => pod.volumes))];
  const onOutOfReach = outOfReachNote(session);
  const until = monotonicNow() + volumeDetachTimeoutSeconds * 1000;
  let told = '';
  while (volumes.length > 0) {
    const { cluster, nodeName } = operation;
    const look = () => gateway.attachedVolumes(cluster, nodeName, volumes, signal);
    const left = await persistently(signal, look, onOutOfReach);
    if (left.length === 0) break;
    const text = `waits for ${left.length} volumes to be detached: ${left.sort().join(', ')}`;
    if (monotonicNow() > until) throw new OperationFailed('VOLUMES_ATTACHED', `The node is empty, but ${text}.`);
    if (text !== told) {
      told = text;
      session.note({
        findings: { diagnosis: [text] },
        events: [{ type: 'DIAGNOSIS', message: text, data: { volumes: left } }],
      });
    }
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {
      throw signal.reason;
    });
  }
  if (told !== '') session.note({ findings: { diagnosis: [] } });
  session.endStep('WAIT_DETACH', 'SUCCEEDED');
}
