import { Injectable } from '@nestjs/common';
import type { Caller } from '../../kernel/actor.js';
import { DomainError, type ErrorCode } from '../../kernel/domain-error.js';
import { ENTITY_TYPES, type EntityType } from '../api/entity.dto.js';

/** Reads one thing of a type by its id, as far as this caller may see it; undefined where there is none. */
export type EntitySource = (caller: Caller, id: string) => Promise<object | undefined>;

const TYPES = Object.keys(ENTITY_TYPES) as EntityType[];
const ABSENT: ReadonlySet<ErrorCode> = new Set(['NOT_FOUND', 'NODE_NOT_FOUND', 'CLUSTER_NOT_FOUND']);

/** Where features say how their things are found by id. */
@Injectable()
export class EntitySources {
  private readonly byType = new Map<EntityType, EntitySource>();

  register(type: EntityType, source: EntitySource): void {
    if (this.byType.has(type)) throw new Error(`there are two sources of ${type}`);
    this.byType.set(type, source);
  }

  /**
   * The first thing that has the id, of the given type where one is given: a request for the approval of a config change
   * has the change's own id.
   * @throws DomainError NOT_FOUND, in the same words for what is not there and for what the caller may not see
   */
  async find(caller: Caller, id: string, type?: EntityType): Promise<object> {
    for (const name of type === undefined ? TYPES : [type]) {
      const found = await withoutAbsence(this.byType.get(name)?.(caller, id));
      if (found) return { ...found, __typename: name };
    }
    throw new DomainError('NOT_FOUND', `There is nothing with the id "${id.slice(0, 64)}".`);
  }
}

async function withoutAbsence(read: Promise<object | undefined> | undefined): Promise<object | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof DomainError && ABSENT.has(error.code)) return undefined;
    throw error;
  }
}
