import { Injectable } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../../kernel/actor.js';
import { endOfWaiting } from '../../../platform/api/closing-signal.js';
import { whileCredentialHolds } from '../../../platform/api/while-credential-holds.js';
import { approvalSummaryDto, ReadRequests } from '../../approvals/index.js';
import { FollowOperation } from './follow-operation.service.js';
import type { OperationDto } from './operation.dto.js';
import { isTerminal } from './operation.js';
import { operationDto } from './operation-dto.mapper.js';
import type { OperationRecord } from './operation-record.js';
import { ReadOperations } from './read-operations.service.js';

/** Answers 202 with the place of the operation; after a wait that saw its end, 200. */
@Injectable()
export class AnswerOperation {
  constructor(
    private readonly follow: FollowOperation,
    private readonly read: ReadOperations,
    private readonly approvals: ReadRequests,
  ) {}

  async accepted(
    caller: Caller,
    operation: OperationRecord,
    waitSeconds: number | undefined,
    reply: FastifyReply,
  ): Promise<OperationDto> {
    reply.header('location', `/api/v1/operations/${operation.id}`);
    if (!waitSeconds) return this.detail(operation);
    const answer = await this.waited(caller, operation.id, waitSeconds, reply);
    // Nothing is left to be done.
    if (isTerminal(answer.state)) reply.code(200);
    return answer;
  }

  /**
   * The operation once it has ended, or as it is when the time is up or this process stops: then another one goes on.
   * @throws DomainError UNAUTHENTICATED or FORBIDDEN when the credential does not hold until then
   */
  async waited(caller: Caller, id: string, seconds: number, reply: FastifyReply): Promise<OperationDto> {
    const over = endOfWaiting(reply);
    const operation = await whileCredentialHolds(caller, over, (signal) => this.follow.wait(id, seconds, signal));
    if (over.aborted && !isTerminal(operation.state)) reply.header('retry-after', '1');
    return this.detail(operation);
  }

  async detail(operation: OperationRecord): Promise<OperationDto> {
    const [approval] = operation.approvalId ? await this.approvals.of([operation.approvalId]) : [];
    return operationDto(operation, await this.read.pods(operation.id), approval ? approvalSummaryDto(approval) : null);
  }
}
