import { Global, Module } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { AnswerVersions } from './answer-versions.js';
import { EntitySources } from './entity-sources.js';
import { QueryCaches } from './query-caches.js';
import { UserErrorsInterceptor } from './user-errors.interceptor.js';

/** What answers are made of. Global, since features say which versions their answers have, and how their things are found. */
@Global()
@Module({
  providers: [
    AnswerVersions,
    EntitySources,
    QueryCaches,
    { provide: APP_INTERCEPTOR, useClass: UserErrorsInterceptor },
  ],
  exports: [AnswerVersions, EntitySources, QueryCaches],
})
export class GraphqlAnswersModule {}
