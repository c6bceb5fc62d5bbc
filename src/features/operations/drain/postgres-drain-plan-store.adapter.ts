import { Injectable } from '@nestjs/common';
import { TypeormUnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { DrainPlanEntity } from './drain-plan.entity.js';
import { DrainPlanStore } from './drain-plan-store.port.js';
import type { PlanSubstance } from './plan-hash.js';

const KEPT_DAYS = 30;

@Injectable()
export class PostgresDrainPlanStore extends DrainPlanStore {
  constructor(private readonly unitOfWork: TypeormUnitOfWork) {
    super();
  }

  /** The same plan made again stays as long as if it was made now. */
  override async save(hash: string, substance: PlanSubstance): Promise<void> {
    const { manager } = this.unitOfWork;
    await manager.query(
      `INSERT INTO drain_plans (hash, substance, made_at) VALUES ($1, $2, now())
       ON CONFLICT (hash) DO UPDATE SET made_at = EXCLUDED.made_at`,
      [hash, JSON.stringify(substance)],
    );
    await manager.query("DELETE FROM drain_plans WHERE made_at < now() - $1::integer * interval '1 day'", [KEPT_DAYS]);
  }

  override async find(hash: string): Promise<PlanSubstance | null> {
    const row = await this.unitOfWork.manager.findOneBy(DrainPlanEntity, { hash });
    return row?.substance ?? null;
  }
}
