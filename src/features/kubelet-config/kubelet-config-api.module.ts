import { Module } from '@nestjs/common';
import { ClusterCaches, ClustersModule } from '../clusters/index.js';
import { ChangeEntities } from './api/change-entities.js';
import { ChangeStepsController } from './api/change-steps.controller.js';
import { ChangeStepsResolver } from './api/change-steps.resolver.js';
import { ChangesController } from './api/changes.controller.js';
import { ChangesResolver } from './api/changes.resolver.js';
import { KubernetesLiveKubeletConfigs } from './infra/kubernetes-live-kubelet-configs.js';
import { KubeletConfigModule } from './kubelet-config.module.js';

@Module({
  imports: [KubeletConfigModule, ClustersModule],
  controllers: [ChangesController, ChangeStepsController],
  providers: [ChangesResolver, ChangeStepsResolver, ChangeEntities],
})
export class KubeletConfigApiModule {
  constructor(live: KubernetesLiveKubeletConfigs, caches: ClusterCaches) {
    live.remember(caches);
  }
}
