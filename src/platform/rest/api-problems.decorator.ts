import { ApiExtension } from '@nestjs/swagger';
import type { ErrorCode } from '../../kernel/domain-error.js';

export const PROBLEM_CODES = 'x-problem-codes';

/**
 * Codes of problems that this endpoint can give beside those that follow from its shape (credentials, input, path, headers).
 * The document lists them under their statuses.
 */
export const ApiProblems = (...codes: ErrorCode[]) => ApiExtension(PROBLEM_CODES, codes);
