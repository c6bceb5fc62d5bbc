import { Injectable, type OnModuleInit } from '@nestjs/common';
import { EntitySources } from '../../../platform/graphql/entity-sources.js';
import { ReadRequests } from '../application/read-requests.service.js';
import { approvalRequestDto } from './approval-request.mapper.js';

/** Finds requests for approval by their ids. */
@Injectable()
export class ApprovalEntities implements OnModuleInit {
  constructor(
    private readonly sources: EntitySources,
    private readonly requests: ReadRequests,
  ) {}

  onModuleInit(): void {
    this.sources.register('ApprovalRequest', async (caller, id) =>
      approvalRequestDto(await this.requests.get(caller, id)),
    );
  }
}
