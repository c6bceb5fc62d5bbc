import { Injectable } from '@nestjs/common';
import type { Caller, RoleBinding } from '../../../kernel/actor.js';
import { AuditTrail } from '../../../kernel/audit-trail.js';
import { Clock } from '../../../kernel/clock.js';
import { DomainError, type InputViolation } from '../../../kernel/domain-error.js';
import { parseLabelSelector } from '../../../kernel/label-selector.js';
import type { Page, PageRequest } from '../../../kernel/page.js';
import { UnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { mintToken, newTokenId } from '../domain/api-token.js';
import type { ApiTokenRecord } from '../domain/api-token-record.js';
import { isCidr } from '../domain/cidr-list.js';
import { isRole, ROLES } from '../domain/role.js';
import { AccessControl } from './access-control.js';
import { ApiTokenRepository } from './ports/api-token.repository.js';

export interface NewApiToken {
  name: string;
  actorType: 'person' | 'bot';
  bindings: RoleBinding[];
  groups: string[];
  cidrs: string[];
  ownedBy?: string;
  expiresAt?: Date;
}

/** A token with its text, which is told this once. */
export interface IssuedApiToken {
  token: ApiTokenRecord;
  text: string;
}

@Injectable()
export class ManageApiTokens {
  constructor(
    private readonly access: AccessControl,
    private readonly audit: AuditTrail,
    private readonly tokens: ApiTokenRepository,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  async list(caller: Caller, page: PageRequest): Promise<Page<ApiTokenRecord>> {
    await this.access.require(caller, 'api-token.read', { type: 'System' });
    return this.tokens.list(page);
  }

  async create(caller: Caller, input: NewApiToken): Promise<IssuedApiToken> {
    const { policyIds } = await this.access.require(caller, 'api-token.write', { type: 'System' });
    const now = this.clock.now();
    assertUsable(input, now);
    const id = newTokenId();
    const { text, hash } = mintToken(id);
    const token: ApiTokenRecord = {
      ...input,
      id,
      secretHash: hash,
      previousSecretHash: null,
      previousExpiresAt: null,
      ownedBy: input.ownedBy ?? null,
      seedRole: null,
      createdBy: caller.actor.id,
      createdAt: now,
      expiresAt: input.expiresAt ?? null,
      revokedAt: null,
      lastUsedAt: null,
    };
    const { name, actorType, bindings, groups, cidrs, expiresAt } = token;
    await this.unitOfWork.run(async () => {
      await this.tokens.insert(token);
      await this.note(caller, 'create', id, policyIds, { name, actorType, bindings, groups, cidrs, expiresAt });
    });
    return { token, text };
  }

  /** A new secret; the old one is accepted for `overlapSeconds` more, so that its holder can change over. */
  async rotate(caller: Caller, id: string, overlapSeconds: number): Promise<IssuedApiToken> {
    const { policyIds } = await this.access.require(caller, 'api-token.write', { type: 'System' });
    const { text, hash } = mintToken(id);
    const token = await this.unitOfWork.run(async () => {
      const found = await this.tokens.find(id);
      if (!found || found.revokedAt) throw notFound();
      const previousExpiresAt = new Date(this.clock.now().getTime() + overlapSeconds * 1000);
      const next = { secretHash: hash, previousSecretHash: found.secretHash, previousExpiresAt };
      await this.tokens.replaceSecret(id, next);
      await this.note(caller, 'rotate', id, policyIds, { overlapSeconds });
      return { ...found, ...next };
    });
    return { token, text };
  }

  async revoke(caller: Caller, id: string): Promise<void> {
    const { policyIds } = await this.access.require(caller, 'api-token.write', { type: 'System' });
    await this.unitOfWork.run(async () => {
      if (!(await this.tokens.revoke(id, this.clock.now()))) throw notFound();
      await this.note(caller, 'revoke', id, policyIds, {});
    });
  }

  private async note(caller: Caller, change: string, id: string, policyIds: string[], after: object): Promise<void> {
    const resource = { type: 'ApiToken', uid: id };
    await this.audit.record([
      {
        kind: 'OUTCOME',
        outcome: 'SUCCEEDED',
        caller,
        action: 'api-token.write',
        resource,
        policyIds,
        after: { change, ...after },
      },
    ]);
  }
}

function notFound(): DomainError {
  return new DomainError('NOT_FOUND', 'There is no API token with this id.');
}

function assertUsable(input: NewApiToken, now: Date): void {
  const violations: InputViolation[] = [];
  const refuse = (pointer: string, code: string, message: string) => violations.push({ pointer, code, message });
  input.bindings.forEach(({ role, nodeSelector }, index) => {
    if (!isRole(role)) refuse(`/bindings/${index}/role`, 'NOT_ALLOWED', `must be one of ${ROLES.join(', ')}`);
    if (nodeSelector !== undefined && !isReadable(nodeSelector)) {
      refuse(`/bindings/${index}/nodeSelector`, 'INVALID_FORMAT', 'must be a Kubernetes label selector');
    }
  });
  input.cidrs.forEach((cidr, index) => {
    if (!isCidr(cidr)) refuse(`/cidrs/${index}`, 'INVALID_FORMAT', 'must be an address or a range such as 10.0.0.0/8');
  });
  if (input.expiresAt && input.expiresAt <= now) refuse('/expiresAt', 'OUT_OF_RANGE', 'must be in the future');
  if (violations.length === 0) return;
  throw new DomainError('VALIDATION_FAILED', `${violations[0]?.pointer} ${violations[0]?.message}.`, { violations });
}

function isReadable(selector: string): boolean {
  try {
    parseLabelSelector(selector);
    return true;
  } catch {
    return false;
  }
}
