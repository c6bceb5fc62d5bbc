import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { clientSignal } from '../../../platform/http/client-signal.js';
import { approvalSummaryDto, ReadRequests } from '../../approvals/index.js';
import { FollowOperation } from '../application/follow-operation.service.js';
import type { OperationRecord } from '../application/operation-record.js';
import { ReadOperations } from '../application/read-operations.service.js';
import type { OperationDto } from './dto/operation.dto.js';
import { operationDto } from './operation.mapper.js';

/** Answers 202 with the place of the operation, after a wait if the caller asked for one. */
@Injectable()
export class AnswerOperation {
  constructor(
    private readonly follow: FollowOperation,
    private readonly read: ReadOperations,
    private readonly approvals: ReadRequests,
  ) {}

  async accepted(
    operation: OperationRecord,
    waitSeconds: number | undefined,
    reply: FastifyReply,
  ): Promise<OperationDto> {
    reply.header('location', `/api/v1/operations/${operation.id}`);
    if (!waitSeconds) return this.detail(operation);
    return this.detail(await this.follow.wait(operation.id, waitSeconds, clientSignal(reply)));
  }

  async detail(operation: OperationRecord): Promise<OperationDto> {
    const [approval] = operation.approvalId ? await this.approvals.of([operation.approvalId]) : [];
    return operationDto(operation, await this.read.pods(operation.id), approval ? approvalSummaryDto(approval) : null);
  }
}
