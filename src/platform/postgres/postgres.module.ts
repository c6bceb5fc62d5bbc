import { Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { Notifications } from './notifications.js';
import { Outbox } from './outbox.js';
import { TypeormOutbox } from './typeorm-outbox.js';
import { TypeormUnitOfWork, UnitOfWork } from './unit-of-work.js';

/** Truth: the DataSource, transactions, the outbox and LISTEN. Feature modules register their entities with forFeature. */
@Global()
@Module({
  imports: [
    TypeOrmModule.forRootAsync({
      inject: [APP_CONFIG],
      useFactory: (config: AppConfig) => ({
        type: 'postgres' as const,
        url: config.databaseUrl,
        autoLoadEntities: true,
        synchronize: false,
        applicationName: `node-steward-${config.role}`,
        poolSize: 10,
        retryAttempts: 5,
        retryDelay: 1000,
        extra: { connectionTimeoutMillis: 5000, keepAlive: true },
      }),
    }),
  ],
  providers: [
    TypeormUnitOfWork,
    { provide: UnitOfWork, useExisting: TypeormUnitOfWork },
    { provide: Outbox, useClass: TypeormOutbox },
    Notifications,
  ],
  exports: [TypeormUnitOfWork, UnitOfWork, Outbox, Notifications, TypeOrmModule],
})
export class PostgresModule {}
