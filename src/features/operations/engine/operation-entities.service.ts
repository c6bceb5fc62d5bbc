import { Injectable, type OnModuleInit } from '@nestjs/common';
import { EntitySources } from '../../../platform/graphql/entity-sources.js';
import { operationDto } from './operation-dto.mapper.js';
import { ReadOperations } from './read-operations.service.js';

/** Finds operations by their ids. */
@Injectable()
export class OperationEntities implements OnModuleInit {
  constructor(
    private readonly sources: EntitySources,
    private readonly operations: ReadOperations,
  ) {}

  onModuleInit(): void {
    this.sources.register('Operation', async (caller, id) => operationDto(await this.operations.get(caller, id)));
  }
}
