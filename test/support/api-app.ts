import type { INestApplicationContext } from '@nestjs/common';
import { ApiModule } from '../../src/api.module.js';
import { loadConfig } from '../../src/config/app-config.js';
import { createHttpApp } from '../../src/create-http-app.js';
import { SeedEmbeddedTokens, type SeedTokens } from '../../src/features/access/index.js';
import { runMigrations } from '../../src/platform/postgres/run-migrations.js';
import { createLogger } from '../../src/platform/telemetry/logger.js';
import { HttpClient } from './http-client.js';
import { testDatabase } from './postgres.js';

export interface ApiApp {
  readonly app: INestApplicationContext;
  readonly tokens: SeedTokens;
  /** As admin; `client.as(tokens.viewer)` for others. */
  readonly client: HttpClient;
  close(): Promise<void>;
}

/** The HTTP process within this one, on a fresh database unless one is named, against the clusters of a kubeconfig. */
export async function startApiApp(kubeconfigPath: string, environment: Record<string, string> = {}): Promise<ApiApp> {
  const url = environment.DATABASE_URL ?? (await testDatabase()).url;
  await runMigrations(url);
  const settings = {
    LOG_LEVEL: 'error',
    LOG_FORMAT: 'json',
    DATABASE_URL: url,
    ROLE: 'api',
    KUBECONFIG: kubeconfigPath,
  };
  const config = loadConfig({ ...settings, RATE_LIMIT_REQUESTS: '100000', ...environment }, false);
  const app = await createHttpApp(ApiModule.of(config), config, createLogger(config));
  await app.listen(0, '127.0.0.1');
  const tokens = await app.get(SeedEmbeddedTokens, { strict: false }).seed();
  const client = new HttpClient(await app.getUrl(), tokens.admin);
  return { app, tokens, client, close: () => app.close() };
}
