export { AccessControl, type AccessDecision, type Hiding } from './application/access-control.js';
export { Idempotency } from './application/idempotency.js';
export { ManageApiTokens } from './application/manage-api-tokens.service.js';
export { ResolveActors } from './application/resolve-actors.service.js';
export {
  SEED_ROLES,
  SeedEmbeddedTokens,
  type SeedRole,
  type SeedTokens,
} from './application/seed-embedded-tokens.service.js';
export { ACCESS_ACTIONS, type AccessAction } from './domain/access-action.js';
export type { AccessResource } from './domain/access-resource.js';
export { ROLES, type RoleName } from './domain/role.js';
