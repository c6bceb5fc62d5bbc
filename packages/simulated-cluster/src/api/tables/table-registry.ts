import {
  ATTACHMENT_TABLE,
  CLAIM_TABLE,
  CONFIG_MAP_TABLE,
  CSR_TABLE,
  EVENT_TABLE,
  LEASE_TABLE,
  NAMESPACE_TABLE,
  PLAIN_TABLE,
  PRIORITY_CLASS_TABLE,
  RESOURCE_SLICE_TABLE,
  SECRET_TABLE,
  SERVICE_TABLE,
  STORAGE_CLASS_TABLE,
  VOLUME_TABLE,
} from './cluster-tables.js';
import { NODE_TABLE } from './node-table.js';
import { POD_TABLE } from './pod-table.js';
import type { TableDefinition } from './table-definition.js';
import {
  BUDGET_TABLE,
  DAEMON_SET_TABLE,
  DEPLOYMENT_TABLE,
  JOB_TABLE,
  REPLICA_SET_TABLE,
  STATEFUL_SET_TABLE,
} from './workload-tables.js';

const TABLES: Readonly<Record<string, TableDefinition>> = {
  Node: NODE_TABLE,
  Pod: POD_TABLE,
  Event: EVENT_TABLE,
  Namespace: NAMESPACE_TABLE,
  ConfigMap: CONFIG_MAP_TABLE,
  Secret: SECRET_TABLE,
  Service: SERVICE_TABLE,
  Lease: LEASE_TABLE,
  PersistentVolume: VOLUME_TABLE,
  PersistentVolumeClaim: CLAIM_TABLE,
  StorageClass: STORAGE_CLASS_TABLE,
  VolumeAttachment: ATTACHMENT_TABLE,
  PriorityClass: PRIORITY_CLASS_TABLE,
  CertificateSigningRequest: CSR_TABLE,
  ResourceSlice: RESOURCE_SLICE_TABLE,
  Deployment: DEPLOYMENT_TABLE,
  ReplicaSet: REPLICA_SET_TABLE,
  ReplicationController: REPLICA_SET_TABLE,
  StatefulSet: STATEFUL_SET_TABLE,
  DaemonSet: DAEMON_SET_TABLE,
  Job: JOB_TABLE,
  PodDisruptionBudget: BUDGET_TABLE,
};

export function tableFor(kind: string): TableDefinition {
  return TABLES[kind] ?? PLAIN_TABLE;
}
