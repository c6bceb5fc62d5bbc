import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { OperationEventType } from '../application/operation-event.js';

@Entity('operation_events')
export class OperationEventEntity {
  @PrimaryColumn('uuid', { name: 'operation_id' }) operationId!: string;
  @PrimaryColumn('integer') seq!: number;
  @Column('text') type!: OperationEventType;
  @Column('text') message!: string;
  @Column('jsonb') data!: Record<string, unknown>;
  @Column('timestamptz') at!: Date;
}
