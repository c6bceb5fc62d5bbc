import { Global, Module } from '@nestjs/common';
import { Authenticator } from '../../platform/api/authenticator.js';
import { AccessController } from './api/access.controller.js';
import { AccessResolver } from './api/access.resolver.js';
import { AuthenticateApiToken } from './application/authenticate-api-token.service.js';
import { CheckAccess } from './application/check-access.service.js';
import { CreateStreamUrl } from './application/create-stream-url.service.js';
import { KnownApiTokens } from './application/known-api-tokens.service.js';
import { ManageApiTokens } from './application/manage-api-tokens.service.js';
import { WatchCredentials } from './application/watch-credentials.service.js';

/** Authentication and the endpoints about access, in the API process. */
@Global()
@Module({
  controllers: [AccessController],
  providers: [
    CheckAccess,
    ManageApiTokens,
    CreateStreamUrl,
    AccessResolver,
    KnownApiTokens,
    WatchCredentials,
    { provide: Authenticator, useClass: AuthenticateApiToken },
  ],
  exports: [Authenticator],
})
export class AccessApiModule {}
