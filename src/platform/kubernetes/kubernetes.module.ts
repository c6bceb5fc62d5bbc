import { Global, Module } from '@nestjs/common';
import { ClusterConnections } from './cluster-connections.js';
import { KubeletClient } from './kubelet/kubelet-client.js';
import { KubeletConnections } from './kubelet/kubelet-connections.js';
import { ServiceNamespace } from './service-namespace.js';

@Global()
@Module({
  providers: [ClusterConnections, ServiceNamespace, KubeletConnections, KubeletClient],
  exports: [ClusterConnections, ServiceNamespace, KubeletClient],
})
export class KubernetesModule {}
