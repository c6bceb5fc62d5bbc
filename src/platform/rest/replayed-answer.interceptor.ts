import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { type Observable, tap } from 'rxjs';
import { isReplayed } from '../api/replayed-answer.js';
import { requestOf } from '../api/request-of.js';

/** Tells with `Idempotency-Replayed: true` that an answer is the one of an earlier request with the same key. */
@Injectable()
export class ReplayedAnswerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      tap(() => {
        const request = requestOf(context);
        if (isReplayed(request.caller)) request.reply?.header('idempotency-replayed', 'true');
      }),
    );
  }
}
