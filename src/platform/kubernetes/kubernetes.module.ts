import { Global, Module } from '@nestjs/common';
import { ClusterConnections } from './cluster-connections.js';

@Global()
@Module({ providers: [ClusterConnections], exports: [ClusterConnections] })
export class KubernetesModule {}
