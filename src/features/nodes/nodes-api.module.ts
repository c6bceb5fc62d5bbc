import { Module } from '@nestjs/common';
import { ActiveOperationLoader } from './api/active-operation-loader.js';
import { NodeDetailResolver } from './api/node-detail.resolver.js';
import { NodesController } from './api/nodes.controller.js';
import { NodesResolver } from './api/nodes.resolver.js';
import { NodesModule } from './nodes.module.js';

@Module({
  imports: [NodesModule],
  controllers: [NodesController],
  providers: [NodesResolver, NodeDetailResolver, ActiveOperationLoader],
})
export class NodesApiModule {}
