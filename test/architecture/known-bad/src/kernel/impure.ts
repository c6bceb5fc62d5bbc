export * from '../features/nodes/index.js';
