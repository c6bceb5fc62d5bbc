import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../kernel/actor.js';
import { Clock } from '../../../kernel/clock.js';
import { ApiTokenRepository } from './ports/api-token.repository.js';

const TOKEN = /^token:(.+)$/;

/** Who an actor is today: long work outlives the credential that asked for it, and groups and roles change meanwhile. */
@Injectable()
export class ResolveActors {
  constructor(
    private readonly tokens: ApiTokenRepository,
    private readonly clock: Clock,
  ) {}

  /** Null for an actor that is gone; undefined where no directory knows actors of its kind. */
  async find(id: string): Promise<Actor | null | undefined> {
    const tokenId = TOKEN.exec(id)?.[1];
    if (tokenId === undefined) return undefined;
    const token = await this.tokens.find(tokenId);
    if (!token || token.revokedAt || (token.expiresAt && token.expiresAt <= this.clock.now())) return null;
    return {
      type: token.actorType,
      id,
      displayName: token.name,
      groups: token.groups,
      bindings: token.bindings,
      authMethod: 'api-token',
      ...(token.ownedBy ? { ownedBy: token.ownedBy } : {}),
    };
  }
}
