import type { DomainError, ErrorCode, InputViolation } from '../../kernel/domain-error.js';
import { problemKind } from '../api/problem-table.js';

/** RFC 9457 problem document. Extensions of the error are added as members. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  requestId: string;
  errors?: InputViolation[];
  [extension: string]: unknown;
}

/** Never holds a stack trace or an upstream body: only what the DomainError says to callers. */
export function problemOf(error: DomainError, requestId: string): Problem {
  const { status, title } = problemKind(error.code);
  return {
    ...error.details.extensions,
    type: `urn:node-steward:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status,
    code: error.code,
    detail: error.message,
    requestId,
    ...(error.details.violations ? { errors: error.details.violations } : {}),
  };
}
