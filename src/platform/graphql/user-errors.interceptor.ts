import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import type { GraphQLResolveInfo } from 'graphql';
import { catchError, map, type Observable, of } from 'rxjs';
import { DomainError } from '../../kernel/domain-error.js';
import { problemKind } from '../api/problem-table.js';
import type { UserErrorDto } from './user-error.dto.js';

/** Gives each mutation's payload its `userErrors`; what the caller can't cause stays a GraphQL error. */
@Injectable()
export class UserErrorsInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (!isMutation(context)) return next.handle();
    return next.handle().pipe(
      map((payload: object) => ({ userErrors: [], ...payload })),
      catchError((error: unknown) => {
        if (!(error instanceof DomainError) || !problemKind(error.code).userError) throw error;
        return of({ userErrors: userErrorsOf(error) });
      }),
    );
  }
}

function isMutation(context: ExecutionContext): boolean {
  if (context.getType<string>() !== 'graphql') return false;
  return context.getArgByIndex<GraphQLResolveInfo>(3).parentType.name === 'Mutation';
}

/** One entry for each violation, else one for the error itself. */
export function userErrorsOf(error: DomainError): UserErrorDto[] {
  const { violations, extensions } = error.details;
  const details = extensions ?? null;
  if (!violations?.length) return [{ code: error.code, message: error.message, path: null, details }];
  return violations.map((violation) => {
    const path = violation.pointer.replace(/^[/?]/, '').split('/').filter(Boolean);
    const subject = path.length > 0 ? `${path.join('.')} ` : '';
    return { code: error.code, message: `${subject}${violation.message}`, path: ['input', ...path], details };
  });
}
