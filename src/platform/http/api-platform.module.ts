import { Global, Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { AnswerVersions } from '../graphql/answer-versions.js';
import { QueryCaches } from '../graphql/query-caches.js';
import { UserErrorsInterceptor } from '../graphql/user-errors.interceptor.js';
import { Admission } from './admission.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { BrowserOrigins } from './browser-origins.js';
import { ClientAddress } from './client-address.js';
import { HealthController } from './health.controller.js';
import { HttpMetrics } from './http-metrics.js';
import { KnownQueryGuard } from './known-query.guard.js';
import { ProblemFilter } from './problem-filter.js';
import { RateLimiter } from './rate-limiter.js';
import { ReadinessChecks } from './readiness-check.js';
import { ReplayedAnswerInterceptor } from './replayed-answer.interceptor.js';
import { SignInLimiter } from './sign-in-limiter.js';
import { StrictValidationPipe } from './strict-validation.pipe.js';

/** What every endpoint gets without asking: authentication, validation, problems. Needs an Authenticator from elsewhere. */
@Global()
@Module({
  controllers: [HealthController],
  providers: [
    Admission,
    RateLimiter,
    SignInLimiter,
    ClientAddress,
    BrowserOrigins,
    ReadinessChecks,
    HttpMetrics,
    AnswerVersions,
    QueryCaches,
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_GUARD, useClass: KnownQueryGuard },
    { provide: APP_PIPE, useClass: StrictValidationPipe },
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_INTERCEPTOR, useClass: ReplayedAnswerInterceptor },
    { provide: APP_INTERCEPTOR, useClass: UserErrorsInterceptor },
  ],
  exports: [Admission, ClientAddress, ReadinessChecks, HttpMetrics, AnswerVersions, QueryCaches],
})
export class ApiPlatformModule {}
