import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Caller } from '../../../kernel/actor.js';
import type { OperationType } from '../operation-definitions.js';
import type { OperationFailure, OperationState, TerminalState } from './operation.js';

/** Steps and the cancel request as JSON: their times are text. */
export interface StoredStep {
  name: string;
  state: string;
  startedAt: string | null;
  finishedAt: string | null;
  message: string | null;
}

@Entity('operations')
export class OperationEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') type!: OperationType;
  @Column('text') cluster!: string;
  @Column('text', { name: 'node_name' }) nodeName!: string;
  @Column('text', { name: 'node_uid' }) nodeUid!: string;
  /** At the start: lists are filtered by them without a call to the cluster. */
  @Column('jsonb', { name: 'node_labels' }) nodeLabels!: Record<string, string>;
  @Column('text') state!: OperationState;
  @Column('integer', { default: 0 }) epoch!: number;
  @Column('jsonb', { default: {} }) options!: Record<string, unknown>;
  @Column('text') reason!: string;
  @Column('text', { nullable: true }) ticket!: string | null;
  @Column('text', { name: 'actor_id' }) actorId!: string;
  @Column('jsonb') caller!: Caller;
  @Column('jsonb', { name: 'policy_ids', default: [] }) policyIds!: string[];
  @Column('jsonb', { default: [] }) steps!: StoredStep[];
  @Column('integer', { name: 'progress_total', default: 0 }) progressTotal!: number;
  @Column('integer', { name: 'progress_done', default: 0 }) progressDone!: number;
  @Column('integer', { name: 'eta_seconds', nullable: true }) etaSeconds!: number | null;
  @Column('jsonb', { default: [] }) diagnosis!: string[];
  @Column('jsonb', { default: [] }) warnings!: string[];
  @Column('jsonb', { default: {} }) result!: Record<string, unknown>;
  @Column('jsonb', { nullable: true }) failure!: OperationFailure | null;
  @Column('jsonb', { nullable: true }) ending!: { state: TerminalState; failure: OperationFailure | null } | null;
  @Column('boolean', { name: 'restore_on_failure', default: false }) restoreOnFailure!: boolean;
  @Column('boolean', { name: 'cordoned_by_us', default: false }) cordonedByUs!: boolean;
  @Column('boolean', { name: 'prior_unschedulable', nullable: true }) priorUnschedulable!: boolean | null;
  @Column('text', { name: 'plan_hash', nullable: true }) planHash!: string | null;
  @Column('uuid', { name: 'intent_id', nullable: true }) intentId!: string | null;
  @Column('uuid', { name: 'maintenance_run_id', nullable: true }) maintenanceRunId!: string | null;
  @Column('text', { name: 'run_key', nullable: true }) runKey!: string | null;
  @Column('uuid', { name: 'approval_id', nullable: true }) approvalId!: string | null;
  @Column('timestamptz', { name: 'deadline_at', nullable: true }) deadlineAt!: Date | null;
  @Column('jsonb', { nullable: true }) cancel!: { at: string; by: string; restore: boolean } | null;
  @Column('text', { name: 'claimed_by', nullable: true }) claimedBy!: string | null;
  @Column('timestamptz', { name: 'heartbeat_at', nullable: true }) heartbeatAt!: Date | null;
  @Column('integer', { name: 'last_seq', default: 0 }) lastSeq!: number;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
  @Column('timestamptz', { name: 'started_at', nullable: true }) startedAt!: Date | null;
  @Column('timestamptz', { name: 'finished_at', nullable: true }) finishedAt!: Date | null;
}
