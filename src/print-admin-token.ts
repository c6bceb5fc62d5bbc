import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AppConfig } from './config/app-config.js';
import { ConfigModule } from './config/config.module.js';
import { AccessModule } from './features/access/access.module.js';
import { ManageApiTokens } from './features/access/index.js';
import { AuditModule } from './features/audit/audit.module.js';
import { newId } from './kernel/ids.js';
import { API_LIMITS } from './platform/postgres/database-limits.js';
import { PostgresModule } from './platform/postgres/postgres.module.js';
import { TelemetryModule } from './platform/telemetry/telemetry.module.js';

@Module({ providers: [ManageApiTokens] })
class AdminTokenModule {}

/**
 * Makes an API token with the role admin and prints it, once: the first credential of an installation. Whoever has the
 * database's URL can do so; the audit trail says that it was done.
 */
export async function printAdminToken(config: AppConfig): Promise<void> {
  const imports = [
    ConfigModule.of(config),
    TelemetryModule,
    PostgresModule.within(API_LIMITS),
    AuditModule,
    AccessModule,
  ];
  const app = await NestFactory.createApplicationContext(
    { module: AdminTokenModule, imports },
    { logger: false, abortOnError: false },
  );
  try {
    const bindings = [{ role: 'admin', clusters: ['*'] }];
    const caller = {
      actor: {
        type: 'system' as const,
        id: 'system:installation',
        displayName: 'installation',
        groups: [],
        bindings,
        authMethod: 'internal' as const,
      },
      request: { requestId: newId() },
    };
    const name = `admin ${new Date().toISOString()}`;
    const issued = await app
      .get(ManageApiTokens)
      .create(caller, { name, actorType: 'person', bindings, groups: ['admins'], cidrs: [] });
    process.stdout.write(`${issued.text}\n`);
  } finally {
    await app.close();
  }
}
