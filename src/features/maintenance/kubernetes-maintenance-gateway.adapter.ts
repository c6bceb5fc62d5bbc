import { Injectable } from '@nestjs/common';
import { ClusterConnections } from '../../platform/kubernetes/cluster-connections.js';
import type { Node } from '../../platform/kubernetes/kube-objects.js';
import { KUBE_PATHS } from '../../platform/kubernetes/kube-paths.js';
import { kubernetesDomainError } from '../../platform/kubernetes/kubernetes-domain-error.js';
import { ListWatch } from '../../platform/kubernetes/list-watch.js';
import { platformOfNode } from '../../platform/kubernetes/platform-of-node.js';
import { Logger } from '../../platform/telemetry/logger.js';
import { FleetWatches } from './fleet-watches.adapter.js';
import { type FleetNode, type FleetView, MaintenanceGateway } from './maintenance-gateway.port.js';
import { WatchedFleet } from './watched-fleet.adapter.js';

@Injectable()
export class KubernetesMaintenanceGateway extends MaintenanceGateway {
  constructor(
    private readonly connections: ClusterConnections,
    private readonly logger: Logger,
  ) {
    super();
  }

  override async listNodes(cluster: string): Promise<FleetNode[]> {
    return this.told(async () => (await this.connections.api(cluster).listNodes()).items.map(fleetNode));
  }

  override async watchFleet(cluster: string, onChange: () => void, signal: AbortSignal): Promise<FleetView> {
    const connection = this.connections.get(cluster);
    const nodes = new ListWatch<Node, FleetNode>({
      connection,
      path: KUBE_PATHS.nodes,
      project: fleetNode,
      // Heartbeats of kubelets are changes too: only what a run looks at wakes it.
      onEvent: ({ type, row, previous }) => {
        if (type !== 'MODIFIED' || !previous || isNews(previous, row)) onChange();
      },
      onError: (error) => this.logger.warn({ cluster, err: error }, 'the watch of nodes failed'),
    }).start(signal);
    try {
      await nodes.whenSynced(signal);
    } catch (error) {
      await nodes.stop();
      throw error;
    }
    const watches = new FleetWatches(connection, signal, (error) =>
      this.logger.warn({ cluster, err: error }, 'a watch of a maintenance run failed'),
    );
    return new WatchedFleet(nodes, watches);
  }

  private async told<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw kubernetesDomainError(error);
    }
  }
}

function fleetNode({ metadata, spec, status }: Node): FleetNode {
  return {
    name: metadata.name,
    uid: metadata.uid,
    labels: metadata.labels ?? {},
    ready: status.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false,
    unschedulable: spec.unschedulable === true,
    platform: platformOfNode({ metadata, spec, status }),
  };
}

const isNews = (a: FleetNode, b: FleetNode): boolean =>
  a.ready !== b.ready || a.unschedulable !== b.unschedulable || JSON.stringify(a.labels) !== JSON.stringify(b.labels);
