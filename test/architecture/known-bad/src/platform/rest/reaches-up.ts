import { Queue } from 'bullmq';
import { KubeConfig } from '@kubernetes/client-node';
export { nodes } from '../../features/nodes/index.js';
export const libraries = [Queue, KubeConfig];
