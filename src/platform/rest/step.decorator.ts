import { applyDecorators, HttpCode, Post, type Type } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { ErrorCode } from '../../kernel/domain-error.js';
import { ApiProblems } from './api-problems.decorator.js';

export interface StepOptions {
  readonly operationId: string;
  readonly summary: string;
  /** The thing as it is after the step. */
  readonly answer: Type<unknown>;
  readonly problems: readonly ErrorCode[];
}

/** A step of something that is there: POST to its own path, answered with the thing. */
export const Step = (path: string, { operationId, summary, answer, problems }: StepOptions) =>
  applyDecorators(
    Post(path),
    HttpCode(200),
    ...(problems.length > 0 ? [ApiProblems(...problems)] : []),
    ApiOperation({ operationId, summary }),
    ApiOkResponse({ type: answer }),
  );
