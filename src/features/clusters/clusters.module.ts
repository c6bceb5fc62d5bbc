import { Module } from '@nestjs/common';
import { ClusterCaches } from './application/cluster-caches.js';
import { ClusterHealth } from './application/cluster-health.js';

/** Caches and health of the connected clusters; for processes that answer reads. */
@Module({ providers: [ClusterCaches, ClusterHealth], exports: [ClusterCaches, ClusterHealth] })
export class ClustersModule {}
