import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { RESTART_KUBELET_SCRIPT } from '../../../node-agent/restart-kubelet-script.js';
import { NodeSide } from '../engine/node-side.service.js';
import { OperationFailed } from '../engine/operation-failed.js';
import type { OperationRunner } from '../engine/operation-runner.service.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import { persistently } from '../engine/persistently.service.js';
import type { SessionChange } from '../engine/session-change.js';
import { agentIntent, closeRestart, isNeverLaunched } from './close-restart.service.js';
import { KubeletGateway } from './kubelet-gateway.port.js';
import { type AgentRun, NodeAgentGateway } from './node-agent-gateway.port.js';
import { proveRecovery } from './prove-recovery.service.js';
import { pulseWords, restartFactsOf, withFacts } from './restart-facts.js';
import type { RestartOptions } from './restart-options.js';

const LOOK_MS = 300;
/** Beyond what is waited for here: a worker that takes over late should still find the Job's own end. */
const AGENT_SPARE_SECONDS = 300;
const OUTPUT_TIMEOUT_MS = 3_000;

/**
 * Restarts a kubelet by a Job on its node and proves that it is back. The Job is named after the operation and its wish is
 * stored before it is created, so that a new holder finds out what was begun: there is one Job for an operation, ever.
 */
@Injectable()
export class RestartKubeletRunner implements OperationRunner {
  readonly type = 'RESTART_KUBELET';

  constructor(
    private readonly agents: NodeAgentGateway,
    private readonly kubelets: KubeletGateway,
    private readonly node: NodeSide,
    private readonly clock: Clock,
  ) {}

  async run(session: OperationSession): Promise<void> {
    const options = session.operation.options as unknown as RestartOptions;
    await this.check(session);
    await this.restart(session, options);
    session.startStep('VERIFY');
    await proveRecovery(session, this.kubelets, this.clock, options);
  }

  abandon(session: OperationSession): Promise<SessionChange> {
    return closeRestart(session, this.agents);
  }

  /** A node whose kubelet is silent can't start the Job; better to be told at once than after a wait. */
  private async check(session: OperationSession): Promise<void> {
    const { operation, signal } = session;
    const { cluster, nodeName } = operation;
    if (restartFactsOf(operation).job) return;
    session.startStep('CHECK');
    await this.node.scheduling.read(operation, signal);
    const pulse = await persistently(signal, () => this.kubelets.pulse(cluster, nodeName, signal));
    if (pulse.ready === 'Unknown') {
      const why = `The kubelet of node "${nodeName}" doesn't report, so nothing can be started on the node`;
      throw new OperationFailed('NODE_UNREACHABLE', `${why}: ${pulseWords(pulse)}.`);
    }
    await this.kubelets.failingChecks(cluster, nodeName, signal).catch((error: unknown) => {
      // A kubelet that hangs is a reason to restart it. A missing right is none: the restart could not be proven.
      if (signal.aborted || !(error instanceof DomainError) || error.code === 'KUBELET_FORBIDDEN') throw error;
    });
    session.endStep('CHECK', 'SUCCEEDED', pulseWords(pulse));
  }

  private async restart(session: OperationSession, options: RestartOptions): Promise<void> {
    if (restartFactsOf(session.operation).restart) return;
    session.startStep('RESTART');
    const run = await this.ended(session, await this.launchOnce(session, options), options);
    const { cluster, id, nodeName } = session.operation;
    const output = await this.agents.output(cluster, id, AbortSignal.timeout(OUTPUT_TIMEOUT_MS)).catch(() => null);
    if (run.phase === 'FAILED') {
      const message = run.message ?? output ?? 'no reason was given';
      const pulse = await this.pulse(cluster, nodeName, session.signal);
      const words = `The node agent could not restart the kubelet: ${message.replace(/\.$/, '')}; ${pulse}.`;
      throw new OperationFailed('NODE_AGENT_FAILED', words);
    }
    const seenAt = this.clock.now().toISOString();
    const restart = { endedAt: run.finishedAt?.toISOString() ?? seenAt, seenAt, output };
    const intentId = restartFactsOf(session.operation).job?.intentId;
    await session.commit({
      findings: withFacts({ restart }),
      closings: [{ intentIds: intentId ? [intentId] : [], outcome: 'SUCCEEDED', after: { output } }],
    });
    session.endStep('RESTART', 'SUCCEEDED', output ?? undefined);
  }

  private async launchOnce(session: OperationSession, { recoverySeconds }: RestartOptions): Promise<AgentRun> {
    const { operation, signal, permit } = session;
    const { cluster, id, nodeName } = operation;
    const earlier = restartFactsOf(operation).job;
    const place = this.agents.nameOf(id);
    const wish = earlier ?? { ...place, uid: null, requestedAt: this.clock.now().toISOString(), intentId: null };
    if (!earlier) {
      await session.commit({
        intents: [agentIntent(operation, place)],
        findings: (current, [intentId = null]) => withFacts({ job: { ...wish, intentId } })(current),
      });
    }
    const known = earlier ? await persistently(signal, () => this.agents.find(cluster, id, signal)) : null;
    // A second restart must not come of it.
    if (!known && earlier && !isNeverLaunched(earlier, this.clock.now())) throw uncertain();
    const deadlineSeconds = 2 * recoverySeconds + AGENT_SPARE_SECONDS;
    const order = { cluster, operationId: id, node: nodeName, script: RESTART_KUBELET_SCRIPT, deadlineSeconds };
    let unanswered = false;
    const launch = async () => {
      // The Job may be there although nobody heard of it.
      const found = unanswered ? await this.agents.find(cluster, id, signal) : null;
      unanswered = true;
      return found ?? this.agents.launch(order, permit, signal);
    };
    const run = known ?? (await persistently(signal, launch));
    const { job = wish } = restartFactsOf(session.operation);
    await session.commit({ findings: withFacts({ job: { ...job, uid: run.uid } }) });
    return run;
  }

  private async ended(session: OperationSession, launched: AgentRun, options: RestartOptions): Promise<AgentRun> {
    const { signal } = session;
    const { cluster, id, nodeName } = session.operation;
    const requestedAt = Date.parse(restartFactsOf(session.operation).job?.requestedAt ?? '');
    const patience = options.recoverySeconds * 1000;
    let run = launched;
    let runningSince: number | null = null;
    while (run.phase === 'WAITING' || run.phase === 'RUNNING') {
      const now = this.clock.now().getTime();
      if (run.phase === 'RUNNING') runningSince ??= now;
      const begun = run.phase === 'RUNNING' ? (runningSince ?? now) : requestedAt;
      if (now - begun > patience) throw await this.overdue(session, run, options);
      await sleep(LOOK_MS, undefined, { signal }).catch(() => {
        throw signal.reason;
      });
      const found = await persistently(signal, () => this.agents.find(cluster, id, signal));
      // A pod that has not begun goes after its Job: there is nothing to wait for.
      if (!found || (!found.hasJob && found.phase === 'WAITING')) {
        const message = `Somebody removed the node agent's Job for node "${nodeName}": whether the kubelet was restarted is not known.`;
        throw new OperationFailed('RESTART_UNCERTAIN', message);
      }
      run = found;
    }
    return run;
  }

  private async overdue(
    { operation: { cluster, nodeName }, signal }: OperationSession,
    run: AgentRun,
    { recoverySeconds }: RestartOptions,
  ): Promise<OperationFailed> {
    const pulse = await this.pulse(cluster, nodeName, signal);
    if (run.phase === 'RUNNING') {
      const message = `The kubelet did not come back within ${recoverySeconds} s of the restart: ${pulse}.`;
      return new OperationFailed('KUBELET_NOT_BACK', message);
    }
    const nothing = run.hasPod ? 'no restart was seen' : 'nothing was restarted';
    const message = `The node agent did not start within ${recoverySeconds} s, and ${nothing}: ${run.message}; ${pulse}.`;
    return new OperationFailed('NODE_AGENT_NOT_STARTED', message);
  }

  private pulse(cluster: string, node: string, signal: AbortSignal): Promise<string> {
    return this.kubelets.pulse(cluster, node, signal).then(pulseWords, () => 'the cluster does not answer');
  }
}

const uncertain = () =>
  new OperationFailed(
    'RESTART_UNCERTAIN',
    "The node agent's Job is gone and its end was not seen: whether the kubelet was restarted is not known.",
  );
