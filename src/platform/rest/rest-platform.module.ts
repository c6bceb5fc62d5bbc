import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { HealthController } from './health.controller.js';
import { KnownQueryGuard } from './known-query.guard.js';
import { ListFormsInterceptor } from './list-forms.interceptor.js';
import { ProblemFilter } from './problem-filter.js';
import { ReplayedAnswerInterceptor } from './replayed-answer.interceptor.js';

/** What every path of REST gets without asking: problems, strict queries, replayed answers; and the probes. */
@Module({
  controllers: [HealthController],
  providers: [
    { provide: APP_GUARD, useClass: KnownQueryGuard },
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_INTERCEPTOR, useClass: ReplayedAnswerInterceptor },
    { provide: APP_INTERCEPTOR, useClass: ListFormsInterceptor },
  ],
})
export class RestPlatformModule {}
