import { Args, Query, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../kernel/actor.js';
import { CurrentCaller } from '../api/current-caller.decorator.js';
import { EntityDto, type EntityType, EntityTypeEnum } from '../api/entity.dto.js';
import { Field } from '../api/field.decorator.js';
import { QueryShape } from '../api/shape.decorator.js';
import { EntitySources } from './entity-sources.js';

@QueryShape()
class EntityArgs {
  @Field({ type: 'id', minLength: 1, description: 'The id that its type has as a field.' }) id!: string;
  @Field({ enum: EntityTypeEnum, nullable: true, description: 'Its type, where two types share the id.' })
  type?: EntityType;
}

@Resolver()
export class EntityResolver {
  constructor(private readonly sources: EntitySources) {}

  @Query(() => EntityDto, { description: 'Anything that has an id, as the caller may see it.' })
  entity(@CurrentCaller() caller: Caller, @Args() { id, type }: EntityArgs): Promise<object> {
    return this.sources.find(caller, id, type);
  }
}
