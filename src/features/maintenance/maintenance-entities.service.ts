import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { EntitySources } from '../../platform/graphql/entity-sources.js';
import { maintenanceRunDto } from './maintenance-run-dto.mapper.js';
import { ReadMaintenanceRuns } from './read-maintenance-runs.service.js';

/** Finds maintenance runs by their ids. */
@Injectable()
export class MaintenanceEntities implements OnModuleInit {
  constructor(
    private readonly sources: EntitySources,
    private readonly runs: ReadMaintenanceRuns,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.sources.register('MaintenanceRun', async (caller, id) =>
      maintenanceRunDto(await this.runs.get(caller, id), this.clock.now()),
    );
  }
}
