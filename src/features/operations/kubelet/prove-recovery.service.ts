import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { OperationFailed } from '../engine/operation-failed.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import { persistently } from '../engine/persistently.service.js';
import type { KubeletGateway, KubeletPulse } from './kubelet-gateway.port.js';
import { judgeRecovery, RECOVERY_BEGINS, type RecoveryMissing, type RecoveryState } from './kubelet-recovery.js';
import { pulseWords, restartFactsOf, withFacts } from './restart-facts.js';
import type { RestartOptions } from './restart-options.js';

const LOOK_MS = 500;

interface Look {
  readonly pulse: KubeletPulse;
  /** Checks that fail, or why the kubelet can't be asked; null when all is well. */
  readonly unhealthy: string | null;
}

/** Waits until the kubelet is back for good and stores each fact that shows it. @throws OperationFailed when it is not */
export async function proveRecovery(
  session: OperationSession,
  kubelets: KubeletGateway,
  clock: Clock,
  { recoverySeconds, stableSeconds }: RestartOptions,
): Promise<void> {
  const { restart } = restartFactsOf(session.operation);
  if (!restart) throw new Error('nothing was restarted');
  const restartedAt = new Date(restart.endedAt);
  const until = Date.parse(restart.seenAt) + recoverySeconds * 1000;
  let state = RECOVERY_BEGINS;
  let told = '';
  for (;;) {
    const seen = await look(session, kubelets);
    const now = clock.now();
    const { ready, readyChangedAt, leaseRenewedAt } = seen.pulse;
    const sample = { ready: ready === 'True', readyChangedAt, leaseRenewedAt, healthy: seen.unhealthy === null };
    const judged = judgeRecovery(state, sample, { restartedAt, stableSeconds, now });
    state = judged.state;
    if (judged.missing.length === 0) return prove(session, seen.pulse, state, restart.endedAt, stableSeconds, now);
    // A window that has begun in time may end later.
    if (state.steadySince === null && now.getTime() > until) throw notBack(seen, state, recoverySeconds);
    told = tell(session, judged.missing, seen, told);
    await sleep(LOOK_MS, undefined, { signal: session.signal }).catch(() => {
      throw session.signal.reason;
    });
  }
}

async function look({ operation, signal }: OperationSession, kubelets: KubeletGateway): Promise<Look> {
  const { cluster, nodeName } = operation;
  const checks = kubelets.failingChecks(cluster, nodeName, signal).then(
    (failing) => (failing.length > 0 ? `healthz fails: ${failing.join(', ')}` : null),
    (error: unknown) => {
      if (signal.aborted || !(error instanceof DomainError) || error.code === 'KUBELET_FORBIDDEN') throw error;
      return error.message;
    },
  );
  const pulse = persistently(signal, () => kubelets.pulse(cluster, nodeName, signal));
  const [unhealthy, beat] = await Promise.all([checks, pulse]);
  return { unhealthy, pulse: beat };
}

/** Says once what is waited for. */
function tell(
  session: OperationSession,
  missing: readonly RecoveryMissing[],
  { unhealthy }: Look,
  told: string,
): string {
  const words: Record<RecoveryMissing, string> = {
    LEASE: 'the kubelet has not renewed its lease since the restart',
    HEALTHZ: unhealthy ?? 'healthz fails',
    READY: 'the node is not Ready',
    STABLE: 'the node is Ready; it is watched whether it stays so',
  };
  const diagnosis = missing.map((each) => words[each]);
  const message = diagnosis.join('; ');
  if (message !== told) {
    session.note({ findings: { diagnosis }, events: [{ type: 'DIAGNOSIS', message, data: { missing } }] });
  }
  return message;
}

async function prove(
  session: OperationSession,
  pulse: KubeletPulse,
  { steadySince }: RecoveryState,
  restartEndedAt: string,
  stableSeconds: number,
  now: Date,
): Promise<void> {
  const proof = {
    healthz: { ok: true, at: now.toISOString() },
    lease: { renewedAt: (pulse.leaseRenewedAt ?? now).toISOString(), restartEndedAt },
    ready: {
      changedAt: pulse.readyChangedAt?.toISOString() ?? null,
      steadySince: (steadySince ?? now).toISOString(),
      stableSeconds,
    },
  };
  await session.commit({ findings: (current) => ({ ...withFacts({ proof })(current), diagnosis: [] }) });
  session.endStep('VERIFY', 'SUCCEEDED', pulseWords(pulse));
}

function notBack({ pulse, unhealthy }: Look, { setbacks }: RecoveryState, recoverySeconds: number): OperationFailed {
  const facts = [pulseWords(pulse), ...(unhealthy ? [unhealthy.replace(/\.$/, '')] : [])].join('; ');
  if (setbacks > 0) {
    const times = setbacks === 1 ? 'once' : `${setbacks} times`;
    return new OperationFailed(
      'KUBELET_NOT_STABLE',
      `The kubelet was back and failed again ${times} within ${recoverySeconds} s of the restart: ${facts}.`,
    );
  }
  const message = `The kubelet did not come back within ${recoverySeconds} s of the restart: ${facts}.`;
  return new OperationFailed('KUBELET_NOT_BACK', message);
}
