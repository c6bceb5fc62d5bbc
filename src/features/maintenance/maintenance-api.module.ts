import { Module } from '@nestjs/common';
import { MaintenanceModule } from './maintenance.module.js';
import { MaintenanceEntities } from './maintenance-entities.service.js';
import { MaintenanceRunsController } from './maintenance-runs.controller.js';
import { MaintenanceRunsResolver } from './maintenance-runs.resolver.js';

@Module({
  imports: [MaintenanceModule],
  controllers: [MaintenanceRunsController],
  providers: [MaintenanceRunsResolver, MaintenanceEntities],
})
export class MaintenanceApiModule {}
