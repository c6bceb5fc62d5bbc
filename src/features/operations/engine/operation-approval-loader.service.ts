import { Injectable } from '@nestjs/common';
import { RequestLoader } from '../../../platform/graphql/request-loader.js';
import { type ApprovalRequestDto, approvalRequestDto, ReadRequests } from '../../approvals/index.js';

/** Approvals of all operations and runs of a GraphQL request in one go. */
@Injectable()
export class OperationApprovalLoader {
  private readonly loader: RequestLoader<string, ApprovalRequestDto | null>;

  constructor(read: ReadRequests) {
    this.loader = new RequestLoader(
      async (ids) => {
        const found = new Map((await read.of(ids)).map((record) => [record.id, approvalRequestDto(record)]));
        return ids.map((id) => found.get(id) ?? null);
      },
      (id) => id,
    );
  }

  load(request: object, approvalId: string): Promise<ApprovalRequestDto | null> {
    return this.loader.load(request, approvalId);
  }
}
