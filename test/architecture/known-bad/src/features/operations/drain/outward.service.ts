export { gateway } from './kubernetes-gateway.adapter.js';
