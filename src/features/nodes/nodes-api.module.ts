import { Module } from '@nestjs/common';
import { ClustersModule } from '../clusters/index.js';
import { ActiveOperationLoader } from './api/active-operation-loader.js';
import { KubeletController } from './api/kubelet.controller.js';
import { KubeletResolver } from './api/kubelet.resolver.js';
import { LogsController } from './api/logs.controller.js';
import { LogsResolver } from './api/logs.resolver.js';
import { NodeDetailResolver } from './api/node-detail.resolver.js';
import { NodeEntities } from './api/node-entities.js';
import { NodeListVersion } from './api/node-list-version.js';
import { NodePartsLoader } from './api/node-parts-loader.js';
import { NodesController } from './api/nodes.controller.js';
import { NodesResolver } from './api/nodes.resolver.js';
import { ServingCsrsController } from './api/serving-csrs.controller.js';
import { ServingCsrsResolver } from './api/serving-csrs.resolver.js';
import { NodesModule } from './nodes.module.js';

@Module({
  imports: [NodesModule, ClustersModule],
  controllers: [NodesController, KubeletController, LogsController, ServingCsrsController],
  providers: [
    NodesResolver,
    NodeDetailResolver,
    KubeletResolver,
    LogsResolver,
    ServingCsrsResolver,
    ActiveOperationLoader,
    NodeListVersion,
    NodePartsLoader,
    NodeEntities,
  ],
})
export class NodesApiModule {}
