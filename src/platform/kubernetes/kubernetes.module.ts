import { Global, Module } from '@nestjs/common';
import { ClusterConnections } from './cluster-connections.js';
import { KubeletClient } from './kubelet/kubelet-client.js';
import { KubeletConnections } from './kubelet/kubelet-connections.js';

@Global()
@Module({
  providers: [ClusterConnections, KubeletConnections, KubeletClient],
  exports: [ClusterConnections, KubeletClient],
})
export class KubernetesModule {}
