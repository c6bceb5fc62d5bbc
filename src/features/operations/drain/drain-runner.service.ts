import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { NodeSide } from '../engine/node-side.service.js';
import { OperationFailed } from '../engine/operation-failed.js';
import type { OperationPod } from '../engine/operation-pod.js';
import type { OperationRunner } from '../engine/operation-runner.service.js';
import type { OperationSession } from '../engine/operation-session.service.js';
import { persistently } from '../engine/persistently.service.js';
import type { SessionChange } from '../engine/session-change.js';
import { closeDrain } from './close-drain.service.js';
import { detachWait } from './detach-wait.service.js';
import { DrainGateway, type PodView } from './drain-gateway.port.js';
import { DrainObserver } from './drain-observer.service.js';
import { type DrainOptions, type DrainOptionsInput, drainOptionsFrom } from './drain-options.js';
import { DrainPlanStore } from './drain-plan-store.port.js';
import { DrainProgress } from './drain-progress.js';
import { endWithoutNode } from './end-without-node.service.js';
import { EscalationTimer } from './escalation-timer.service.js';
import { EvictionLoop, type LoopParts } from './eviction-loop.service.js';
import { EvictionRate } from './eviction-rate.service.js';
import { outOfReachNote } from './out-of-reach-note.service.js';
import { type PlanDifference, planDiff } from './plan-diff.js';
import { type DrainFacts, plannedPods, planOf, presenceIn } from './plan-drain.service.js';
import { decidePod, isRemoval } from './pod-decision.js';
import { isFinished, podKey } from './pod-snapshot.js';
import { removalIntent } from './removal-intent.js';

/** Drains a node: cordon, plan, evict as budgets allow, wait, verify. Begun anew, it goes on from what it observes. */
@Injectable()
export class DrainRunner implements OperationRunner {
  readonly type = 'DRAIN';

  constructor(
    private readonly gateway: DrainGateway,
    private readonly node: NodeSide,
    private readonly rate: EvictionRate,
    private readonly plans: DrainPlanStore,
    private readonly clock: Clock,
  ) {}

  async run(session: OperationSession): Promise<void> {
    try {
      await this.drain(session);
    } catch (error) {
      const isBegun = session.operation.priorUnschedulable !== null;
      if (!isBegun || !(error instanceof DomainError) || error.code !== 'NODE_NOT_FOUND') throw error;
      await endWithoutNode(session, this.node.scheduling, this.clock.now());
    }
  }

  private async drain(session: OperationSession): Promise<void> {
    const { operation, signal } = session;
    const options = drainOptionsFrom(operation.options as DrainOptionsInput);
    const { cluster, nodeName } = operation;
    const onOutOfReach = outOfReachNote(session);
    // All that doesn't depend on the cordon is asked for while the cordon is under way.
    const budgetsAsked = persistently(signal, () => this.gateway.watchBudgets(cluster, signal), onOutOfReach);
    const asked = Promise.all([
      budgetsAsked,
      persistently(signal, () => this.gateway.daemonSets(cluster, signal), onOutOfReach),
      persistently(signal, () => this.gateway.supportsEviction(cluster, signal), onOutOfReach),
      operation.epoch > 1 ? session.storedPods() : [],
    ]);
    asked.catch(() => undefined);
    let loop: EvictionLoop | undefined;
    let view: PodView | undefined;
    try {
      session.startStep('CORDON');
      const node = await this.node.scheduling.cordon(session, onOutOfReach);
      session.endStep('CORDON', 'SUCCEEDED');
      session.startStep('PLAN');
      // After the cordon: what the scheduler still placed before it is in this list.
      view = await this.gateway.watchPods(cluster, nodeName, (uid) => loop?.observed(uid), signal);
      const [budgets, daemonSets, evictionSupported, stored] = await asked.catch((error: unknown) => {
        throw nothingDone(error, session);
      });
      const facts = { node, view, budgets, daemonSets, evictionSupported };
      const { pods, seconds } =
        stored.length > 0 ? { pods: stored, seconds: null } : await this.plan(session, facts, options);
      // Its worker may have gone between the plan and the end that follows from it.
      if (pods.some(({ action }) => action === 'BLOCK')) throw refusal(pods, session);
      const progress = new DrainProgress(
        pods.filter(({ action }) => isRemoval(action)),
        seconds,
      );
      for (const { uid } of progress.in('EVICTING')) this.resume(progress, facts, uid);
      const parts = { session, gateway: this.gateway, rate: this.rate, options, progress, view, budgets };
      loop = new EvictionLoop(parts);
      await this.empty(session, loop, parts);
      await detachWait(session, this.gateway, options);
      await this.verify(session, facts, options, pods);
    } finally {
      // Also where the drain ends before it has used what it asked for.
      budgetsAsked.then(
        (budgets) => budgets.release(),
        () => undefined,
      );
      await view?.stop();
    }
  }

  abandon(session: OperationSession): Promise<SessionChange> {
    return closeDrain(session, this.gateway);
  }

  private async plan(session: OperationSession, facts: DrainFacts, options: DrainOptions) {
    const now = this.clock.now();
    const plan = planOf(facts, options, now);
    const pods = plannedPods(plan, now);
    const removed = pods.filter(({ action }) => isRemoval(action));
    const warnings = [...plan.warnings];
    if (!plan.executable) {
      await session.commit({ pods, findings: { planHash: plan.planHash, warnings } });
      return { pods, seconds: null };
    }
    if (options.planHash !== null && options.planHash !== plan.planHash) {
      await session.commit({ findings: { planHash: plan.planHash, warnings } });
      const agreed = await this.plans.find(options.planHash);
      throw planChanged(agreed ? planDiff(agreed, plan.substance) : [], session);
    }
    const volumes = options.waitForVolumeDetach ? await this.volumes(session, facts, removed) : new Map();
    session.endStep('PLAN', 'SUCCEEDED', `${removed.length} of ${pods.length} pods are to be removed`);
    session.startStep('EVICT');
    let stored: OperationPod[] = pods;
    // One transaction for all intents: from here on evictions need no write of their own before they leave.
    await session.commit({
      intents: removed.map((pod) => removalIntent(session.operation, pod, pod.status.method)),
      pods: (ids) => {
        const byUid = new Map(removed.map((pod, index) => [pod.uid, ids[index] ?? null]));
        stored = pods.map((pod) => ({
          ...pod,
          intentId: byUid.get(pod.uid) ?? null,
          volumes: volumes.get(pod.uid) ?? [],
        }));
        return stored;
      },
      findings: {
        planHash: plan.planHash,
        warnings,
        progress: { total: removed.length, done: 0, etaSeconds: plan.estimate.seconds },
      },
    });
    return { pods: stored, seconds: plan.estimate.seconds };
  }

  /** Persistent volumes by pod uid. Asked before the pods go, since claims may go with them. */
  private async volumes(session: OperationSession, { view }: DrainFacts, pods: readonly OperationPod[]) {
    const { cluster } = session.operation;
    const found = new Map<string, string[]>();
    for (const { uid, namespace } of pods) {
      const claims = (view.pods.get(uid)?.volumeClaims ?? []).map((claim) => `${namespace}/${claim.claimName}`);
      if (claims.length === 0) continue;
      const { signal } = session;
      found.set(uid, await persistently(signal, () => this.gateway.volumesOf(cluster, claims, signal)));
    }
    return found;
  }

  /** Its request may never have left: it is sent again unless the pod shows that it arrived. */
  private resume(progress: DrainProgress, { view }: DrainFacts, uid: string): void {
    const seen = view.pods.get(uid);
    if (seen && !seen.deletionTimestamp) progress.apply(uid, { type: 'RESUMED' }, this.clock.now());
  }

  private async empty(session: OperationSession, loop: EvictionLoop, parts: LoopParts): Promise<void> {
    const { progress, options } = parts;
    if (session.operation.steps.some(({ name, state }) => name === 'EVICT' && state === 'PENDING')) {
      session.startStep('EVICT');
    }
    const ended = new AbortController();
    const signal = AbortSignal.any([session.signal, ended.signal]);
    const { scheduling } = this.node;
    const observer = new DrainObserver({
      ...parts,
      readNode: () => scheduling.read(session.operation),
      snapshot: (uid) => loop.snapshot(uid),
      onNodeGone: (error) => loop.fail(error),
    });
    const escalation = new EscalationTimer(session, progress, () => loop.wake());
    void observer.watch(signal);
    escalation.start(options.escalateAfterSeconds);
    try {
      await loop.run();
    } finally {
      escalation.stop();
      ended.abort();
    }
    const failed = progress.in('FAILED');
    if (failed.length > 0) throw podsFailed(failed);
    const skipped = progress.all().filter(({ status }) => status.reason === 'DELETION_OVERDUE');
    if (skipped.length > 0) {
      const names = skipped.map(podKey).join(', ');
      session.addFinding('DELETION_OVERDUE', `${skipped.length} pods still terminate and are not waited for: ${names}`);
    }
    session.endStep('WAIT_GONE', 'SUCCEEDED');
    if (session.operation.diagnosis.length > 0) session.note({ findings: { diagnosis: [] } });
  }

  /** The goal as it is now: a pod that tolerates the cordon may be back already, and that is not passed over in silence. */
  private async verify(
    session: OperationSession,
    { view, daemonSets, evictionSupported }: DrainFacts,
    options: DrainOptions,
    planned: readonly OperationPod[],
  ): Promise<void> {
    session.startStep('VERIFY');
    const node = await this.node.scheduling.read(session.operation, session.signal, outOfReachNote(session));
    if (!node.unschedulable) {
      throw new OperationFailed('NODE_CHANGED', 'The node is empty, but someone made it schedulable again.');
    }
    const known = new Set(planned.map(({ uid }) => uid));
    const context = { options, now: this.clock.now(), daemonSet: presenceIn(daemonSets), evictionSupported };
    const back = [...view.pods.values()].filter((pod) => {
      const { action } = decidePod(pod, context);
      return !known.has(pod.uid) && action !== 'SKIP' && action !== 'IGNORE' && !isFinished(pod);
    });
    if (back.length > 0) {
      const names = back.map(podKey).sort();
      const named =
        names.length > 10 ? `${names.slice(0, 10).join(', ')} and ${names.length - 10} more` : names.join(', ');
      const message = `${back.length} pods came to the node during the drain, since they tolerate its cordon or are not scheduled: ${named}`;
      session.addFinding('PODS_CAME_BACK', message);
      session.endStep('VERIFY', 'SUCCEEDED', message);
    }
    if (session.operation.diagnosis.length > 0) session.note({ findings: { diagnosis: [] } });
  }
}

/** What stands in the way before anything was removed: the cordon would only be left behind. */
function nothingDone(error: unknown, session: OperationSession): unknown {
  if (!(error instanceof DomainError) || session.signal.aborted) return error;
  return new OperationFailed(error.code, `Nothing was removed${cordonText(session)}: ${error.message}`, true);
}

/** In the first words, since who reads a refusal wants to know in what state the node is. */
function cordonText({ operation }: OperationSession): string {
  return operation.priorUnschedulable === true
    ? ', and the node stays cordoned, as it was before'
    : ', and the cordon is taken back';
}

function refusal(pods: readonly OperationPod[], session: OperationSession): OperationFailed {
  const blocked = pods.filter(({ action }) => action === 'BLOCK');
  const texts = blocked.map(({ namespace, name, status }) => `${namespace}/${name}: ${status.message}`);
  return new OperationFailed(
    'DRAIN_REFUSED',
    `Nothing was removed${cordonText(session)}, since ${blocked.length} pods can't be handled: ${texts.join('; ')}`,
    true,
  );
}

function podsFailed(pods: readonly OperationPod[]): OperationFailed {
  const texts = pods.map(({ namespace, name, status }) => `${namespace}/${name}: ${status.message ?? status.reason}`);
  return new OperationFailed('PODS_FAILED', `${pods.length} pods could not be removed: ${texts.join('; ')}`);
}

/** The node changed between the request, which was checked too, and the cordon. */
function planChanged(difference: readonly PlanDifference[], session: OperationSession): OperationFailed {
  const texts = difference.map(({ message }) => message).join('; ') || 'what the hash stands for is not known any more';
  return new OperationFailed(
    'PLAN_CHANGED',
    `Nothing was removed${cordonText(session)}, since the plan is not the agreed one: ${texts}`,
    true,
  );
}
