export { alone } from '../../packages/simulated-cluster/src/alone.js';
