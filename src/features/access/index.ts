export { AccessControl, type AccessDecision, type AccessResource } from './application/access-control.js';
export { Idempotency } from './application/idempotency.js';
export { ACCESS_ACTIONS, type AccessAction } from './domain/access-action.js';
