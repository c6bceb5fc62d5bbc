import { Module } from '@nestjs/common';
import { ChangeStepsController } from './api/change-steps.controller.js';
import { ChangeStepsResolver } from './api/change-steps.resolver.js';
import { ChangesController } from './api/changes.controller.js';
import { ChangesResolver } from './api/changes.resolver.js';
import { KubeletConfigModule } from './kubelet-config.module.js';

@Module({
  imports: [KubeletConfigModule],
  controllers: [ChangesController, ChangeStepsController],
  providers: [ChangesResolver, ChangeStepsResolver],
})
export class KubeletConfigApiModule {}
