import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { SYSTEM_CALLER } from '../../../kernel/system-caller.js';
import { ChangeContents, type Inspection, type NodeDrift } from './change-contents.service.js';
import type { ChangeRecord } from './change-record.js';
import { ChangeStores } from './change-stores.service.js';

const CONTEXT = { action: 'kubelet-config-change.execute' as const };
const BOUND = ['PENDING', 'APPROVED', 'SCHEDULED'];

/** Brings a change that is under review up to date with what it depends on: the policy in force and its targets. */
@Injectable()
export class RefreshChange {
  constructor(
    private readonly stores: ChangeStores,
    private readonly contents: ChangeContents,
    private readonly clock: Clock,
  ) {}

  /** A new policy is new content: whoever approved under the old one is asked again. */
  async policy(change: ChangeRecord): Promise<ChangeRecord> {
    const policy = await this.contents.policy();
    if (![...BOUND, 'STALE'].includes(change.approval.status) || policy.version === change.approval.policy.version) {
      return change;
    }
    return this.stores.decide.apply(SYSTEM_CALLER, change.id, CONTEXT, (locked) => ({
      event: {
        type: 'POLICY_CHANGED',
        ...this.contents.content(locked.spec, locked.targets, policy, locked.approval.subject.risk),
      },
    }));
  }

  /** @returns the change, STALE by now if its targets differ from what was reviewed, and the targets as they are */
  async targets(change: ChangeRecord): Promise<{ change: ChangeRecord; drift: NodeDrift[]; now: Inspection }> {
    const found = await this.contents.drift(change);
    await this.stores.changes.note(change.id, { driftCheckedAt: this.clock.now() });
    if (found.drift.length === 0 || !BOUND.includes(change.approval.status)) return { change, ...found };
    const context = { ...CONTEXT, ifVersion: change.version };
    const stale = await this.stores.decide.apply(SYSTEM_CALLER, change.id, context, () => ({
      event: { type: 'TARGETS_DRIFTED', difference: found.drift },
    }));
    return { change: stale, ...found };
  }

  /** Everything as it must be to start. @throws DomainError CHANGE_STALE with the difference, KUBELET_UNAVAILABLE */
  async forExecution(known: ChangeRecord): Promise<{ change: ChangeRecord; now: Inspection }> {
    const { change, drift, now } = await this.targets(await this.policy(known));
    if (change.approval.status === 'STALE') {
      const difference = drift.length > 0 ? drift : change.approval.difference;
      throw new DomainError('CHANGE_STALE', 'The targets no longer are what was approved.', {
        extensions: { difference },
      });
    }
    const [unread] = now.unreadable;
    if (unread) {
      throw new DomainError(
        'KUBELET_UNAVAILABLE',
        `The configuration of ${unread.node} can't be read: ${unread.problem}`,
      );
    }
    return { change, now };
  }
}
