export * from '../kubelet-config/index.js';
