import { Global, Module } from '@nestjs/common';
import { APP_GUARD, APP_PIPE } from '@nestjs/core';
import { Admission } from './admission.js';
import { AuthenticationGuard } from './authentication.guard.js';
import { BrowserOrigins } from './browser-origins.js';
import { ClientAddress } from './client-address.js';
import { HttpMetrics } from './http-metrics.js';
import { RateLimiter } from './rate-limiter.js';
import { ReadinessChecks } from './readiness-check.js';
import { SignInLimiter } from './sign-in-limiter.js';
import { StrictValidationPipe } from './strict-validation.pipe.js';

/** What both APIs get without asking: authentication, quotas, validation. Needs an Authenticator from elsewhere. */
@Global()
@Module({
  providers: [
    Admission,
    RateLimiter,
    SignInLimiter,
    ClientAddress,
    BrowserOrigins,
    ReadinessChecks,
    HttpMetrics,
    { provide: APP_GUARD, useClass: AuthenticationGuard },
    { provide: APP_PIPE, useClass: StrictValidationPipe },
  ],
  exports: [Admission, ClientAddress, ReadinessChecks, HttpMetrics],
})
export class ApiPlatformModule {}
