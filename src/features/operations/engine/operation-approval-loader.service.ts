import { Injectable } from '@nestjs/common';
import DataLoader from 'dataloader';
import { type ApprovalSummaryDto, approvalSummaryDto, ReadRequests } from '../../approvals/index.js';

/** Approvals of all operations of a GraphQL request in one go. */
@Injectable()
export class OperationApprovalLoader {
  private readonly byRequest = new WeakMap<object, DataLoader<string, ApprovalSummaryDto | null>>();

  constructor(private readonly read: ReadRequests) {}

  load(request: object, approvalId: string): Promise<ApprovalSummaryDto | null> {
    let loader = this.byRequest.get(request);
    if (!loader) {
      loader = new DataLoader(
        async (ids) => {
          const found = new Map((await this.read.of(ids)).map((record) => [record.id, approvalSummaryDto(record)]));
          return ids.map((id) => found.get(id) ?? null);
        },
        { cache: false },
      );
      this.byRequest.set(request, loader);
    }
    return loader.load(approvalId);
  }
}
