import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { MaintenanceEventType } from '../application/maintenance/maintenance-event.js';

@Entity('maintenance_run_events')
export class MaintenanceRunEventEntity {
  @PrimaryColumn('uuid', { name: 'run_id' }) runId!: string;
  @PrimaryColumn('integer') seq!: number;
  @Column('text') type!: MaintenanceEventType;
  @Column('text') message!: string;
  @Column('jsonb') data!: Record<string, unknown>;
  @Column('timestamptz') at!: Date;
}
