import { Global, Module } from '@nestjs/common';
import { AccessControl } from './application/access-control.js';
import { Idempotency } from './application/idempotency.js';
import { PolicyAccessControl } from './application/policy-access-control.service.js';
import { ApiTokenRepository } from './application/ports/api-token.repository.js';
import { PolicyEngine } from './application/ports/policy-engine.port.js';
import { ResolveActors } from './application/resolve-actors.service.js';
import { SeedEmbeddedTokens } from './application/seed-embedded-tokens.service.js';
import { CedarPolicyEngine } from './infra/cedar-policy-engine.js';
import { PostgresApiTokenRepository } from './infra/postgres-api-token.repository.js';
import { PostgresIdempotency } from './infra/postgres-idempotency.js';

/** Decisions, in every process: work that outlives a request asks again before each step. */
@Global()
@Module({
  providers: [
    SeedEmbeddedTokens,
    ResolveActors,
    { provide: PolicyEngine, useClass: CedarPolicyEngine },
    { provide: AccessControl, useClass: PolicyAccessControl },
    { provide: Idempotency, useClass: PostgresIdempotency },
    { provide: ApiTokenRepository, useClass: PostgresApiTokenRepository },
  ],
  exports: [AccessControl, Idempotency, ApiTokenRepository, SeedEmbeddedTokens, ResolveActors],
})
export class AccessModule {}
