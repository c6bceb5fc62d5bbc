export { adapter } from '../../nodes/infra/adapter.js';
