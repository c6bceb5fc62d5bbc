export * from '../../nodes/index.js';
