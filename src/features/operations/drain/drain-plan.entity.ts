import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { PlanSubstance } from './plan-hash.js';

@Entity('drain_plans')
export class DrainPlanEntity {
  @PrimaryColumn('text') hash!: string;
  @Column('jsonb') substance!: PlanSubstance;
  @Column('timestamptz', { name: 'made_at' }) madeAt!: Date;
}
