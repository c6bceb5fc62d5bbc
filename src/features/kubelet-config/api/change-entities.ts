import { Injectable, type OnModuleInit } from '@nestjs/common';
import { EntitySources } from '../../../platform/graphql/entity-sources.js';
import { ReadChanges } from '../application/read-changes.service.js';
import { changeDto } from './change.mapper.js';

/** Finds changes of kubelet configuration by their ids. */
@Injectable()
export class ChangeEntities implements OnModuleInit {
  constructor(
    private readonly sources: EntitySources,
    private readonly changes: ReadChanges,
  ) {}

  onModuleInit(): void {
    this.sources.register('KubeletConfigChange', async (caller, id) => changeDto(await this.changes.get(caller, id)));
  }
}
