import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Caller } from '../../kernel/actor.js';
import type { RunState } from './maintenance-run.js';

@Entity('maintenance_runs')
export class MaintenanceRunEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column('text') cluster!: string;
  @Column('text') reason!: string;
  @Column('text', { nullable: true }) ticket!: string | null;
  @Column('text', { name: 'actor_id' }) actorId!: string;
  @Column('jsonb') caller!: Caller;
  @Column('jsonb', { name: 'policy_ids' }) policyIds!: string[];
  /** Beside `run`, for queries. */
  @Column('text') state!: RunState;
  /** MaintenanceRun without its nodes, times as text. */
  @Column('jsonb') run!: Record<string, unknown>;
  @Column('jsonb', { default: [] }) waiting!: string[];
  @Column('uuid', { name: 'intent_id', nullable: true }) intentId!: string | null;
  @Column('integer', { default: 0 }) epoch!: number;
  @Column('text', { name: 'claimed_by', nullable: true }) claimedBy!: string | null;
  @Column('timestamptz', { name: 'heartbeat_at', nullable: true }) heartbeatAt!: Date | null;
  @Column('integer', { name: 'last_seq', default: 0 }) lastSeq!: number;
  @Column('timestamptz', { name: 'created_at' }) createdAt!: Date;
}
