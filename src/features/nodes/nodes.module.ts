import { Module } from '@nestjs/common';
import { ClustersModule } from '../clusters/index.js';
import { ServingCertificatesService } from './application/certificates/serving-certificates.service.js';
import { DescribeNodeService } from './application/describe-node.service.js';
import { ReadKubeletService } from './application/kubelet/read-kubelet.service.js';
import { ListActiveOperationsService } from './application/list-active-operations.service.js';
import { ListNodesService } from './application/list-nodes.service.js';
import { LogRecordService } from './application/logs/log-record.service.js';
import { NodeLogSource } from './application/logs/node-log-source.service.js';
import { ReadEndings } from './application/logs/read-endings.service.js';
import { ReadNodeLogsService } from './application/logs/read-node-logs.service.js';
import { ReadPodLogsService } from './application/logs/read-pod-logs.service.js';
import { ShowLogsService } from './application/logs/show-logs.service.js';
import { VisiblePodService } from './application/logs/visible-pod.service.js';
import { NodeUsageReader } from './application/node-usage-reader.js';
import { ReadNodeMetricsService } from './application/read-node-metrics.service.js';
import { ReadNodePartsService } from './application/read-node-parts.service.js';
import { ReadNodeSectionsService } from './application/read-node-sections.service.js';
import { VisibleNodeService } from './application/visible-node.service.js';

const services = [
  VisibleNodeService,
  ListNodesService,
  DescribeNodeService,
  ReadNodePartsService,
  ReadNodeSectionsService,
  ReadNodeMetricsService,
  ListActiveOperationsService,
  NodeUsageReader,
  ReadKubeletService,
  NodeLogSource,
  ReadNodeLogsService,
  ReadPodLogsService,
  ShowLogsService,
  LogRecordService,
  ReadEndings,
  VisiblePodService,
  ServingCertificatesService,
];

@Module({ imports: [ClustersModule], providers: services, exports: services })
export class NodesModule {}
