import { Global, Module } from '@nestjs/common';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { createLogger, Logger } from './logger.js';
import { Metrics } from './metrics.js';

@Global()
@Module({
  providers: [
    { provide: Logger, inject: [APP_CONFIG], useFactory: (config: AppConfig) => createLogger(config) },
    Metrics,
  ],
  exports: [Logger, Metrics],
})
export class TelemetryModule {}
