import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { DecisionNote, PodAction } from '../drain/pod-decision.js';
import type { DrainPodState } from './operation.js';

@Entity('operation_pods')
export class OperationPodEntity {
  @PrimaryColumn('uuid', { name: 'operation_id' }) operationId!: string;
  @PrimaryColumn('text', { name: 'pod_uid' }) podUid!: string;
  @Column('text') namespace!: string;
  @Column('text') name!: string;
  @Column('integer') position!: number;
  @Column('integer') tier!: number;
  @Column('text') action!: PodAction;
  @Column('jsonb') notes!: DecisionNote[];
  @Column('text', { nullable: true }) controller!: string | null;
  @Column('jsonb') volumes!: string[];
  /** Beside `status`, for queries. */
  @Column('text') state!: DrainPodState;
  /** DrainPodStatus with its times as text. */
  @Column('jsonb') status!: Record<string, unknown>;
  @Column('uuid', { name: 'intent_id', nullable: true }) intentId!: string | null;
}
