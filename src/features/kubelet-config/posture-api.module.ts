import { Module } from '@nestjs/common';
import { ClustersModule } from '../clusters/index.js';
import { NodesModule } from '../nodes/index.js';
import { PostureController } from './api/posture.controller.js';
import { PostureResolver } from './api/posture.resolver.js';
import { InspectPosture } from './application/inspect-posture.service.js';

/** Reads of live kubelet configurations; apart from change requests, which need a database of their own. */
@Module({
  imports: [ClustersModule, NodesModule],
  controllers: [PostureController],
  providers: [PostureResolver, InspectPosture],
})
export class PostureApiModule {}
