import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('maintenance_run_nodes')
export class MaintenanceRunNodeEntity {
  @PrimaryColumn('uuid', { name: 'run_id' }) runId!: string;
  @PrimaryColumn('text', { name: 'node_uid' }) nodeUid!: string;
  @Column('integer') position!: number;
  /** RunNode with its times as text. */
  @Column('jsonb') node!: Record<string, unknown>;
}
