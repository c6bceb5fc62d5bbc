export { adapter } from '../infra/adapter.js';
