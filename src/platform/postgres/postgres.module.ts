import { type DynamicModule, Global, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import pg from 'pg';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { Clock } from '../../kernel/clock.js';
import { Logger } from '../telemetry/logger.js';
import { BoundedPool } from './bounded-pool.js';
import { DatabaseClock } from './database-clock.js';
import { boundedPool, type DatabaseLimits } from './database-limits.js';
import { DatabaseLink } from './database-link.js';
import { DatabaseWriteCheck } from './database-write-check.js';
import { EventSubscriptions } from './event-subscriptions.js';
import { Notifications } from './notifications.js';
import { Outbox } from './outbox.js';
import { PromptQueries } from './prompt-queries.js';
import { TypeormOutbox } from './typeorm-outbox.js';
import { TypeormUnitOfWork, UnitOfWork } from './unit-of-work.js';

/** Truth: the DataSource, transactions, the outbox, LISTEN, and the time. Feature modules register their entities with forFeature. */
@Global()
@Module({})
export class PostgresModule {
  static within(limits: DatabaseLimits): DynamicModule {
    const link = new DatabaseLink();
    return {
      module: PostgresModule,
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
            driver: { ...pg, Pool: BoundedPool },
            extra: boundedPool(limits, link),
          }),
        }),
      ],
      providers: [
        { provide: DatabaseLink, useValue: link },
        TypeormUnitOfWork,
        { provide: UnitOfWork, useExisting: TypeormUnitOfWork },
        { provide: Outbox, useClass: TypeormOutbox },
        Notifications,
        EventSubscriptions,
        DatabaseWriteCheck,
        PromptQueries,
        {
          provide: DatabaseClock,
          inject: [PromptQueries, Logger],
          useFactory: async (queries: PromptQueries, logger: Logger) => {
            const clock = new DatabaseClock(queries, logger);
            await clock.start();
            return clock;
          },
        },
        { provide: Clock, useExisting: DatabaseClock },
      ],
      exports: [
        Clock,
        DatabaseClock,
        PromptQueries,
        DatabaseLink,
        TypeormUnitOfWork,
        UnitOfWork,
        Outbox,
        Notifications,
        EventSubscriptions,
        DatabaseWriteCheck,
        TypeOrmModule,
      ],
    };
  }
}
