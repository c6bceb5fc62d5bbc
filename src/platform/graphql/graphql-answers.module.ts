import { Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AnswerVersions } from './answer-versions.js';
import { QueryCaches } from './query-caches.js';
import { UserErrorsInterceptor } from './user-errors.interceptor.js';

/** What answers are made of. Global, since features say which versions their answers have. */
@Global()
@Module({
  providers: [AnswerVersions, QueryCaches, { provide: APP_INTERCEPTOR, useClass: UserErrorsInterceptor }],
  exports: [AnswerVersions, QueryCaches],
})
export class GraphqlAnswersModule {}
