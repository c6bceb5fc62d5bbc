import type { INestApplicationContext } from '@nestjs/common';
import type { AppConfig } from './config/app-config.js';
import type { Logger } from './platform/telemetry/logger.js';

export interface RunningApi {
  /** Base URL with the port that was really bound. */
  url: string;
  app: INestApplicationContext;
}

/** Starts the HTTP process. Modules are imported here, so that a worker never loads GraphQL and HTTP. */
export async function startApi(config: AppConfig, logger: Logger): Promise<RunningApi> {
  const [{ ApiModule }, { createHttpApp }, { StartupError }] = await Promise.all([
    import('./api.module.js'),
    import('./create-http-app.js'),
    import('./kernel/startup-error.js'),
  ]);
  const app = await createHttpApp(ApiModule.of(config), config, logger);
  try {
    await app.listen(config.http.port, config.http.host);
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new StartupError(`port ${config.http.port} is in use: stop what listens there, or set PORT to another one`);
  }
  const { port } = app.getHttpServer().address() as { port: number };
  const url = config.http.publicUrl.replace(/:0$/, `:${port}`);
  logger.info({ url }, 'API listens');
  return { url, app };
}

/** Starts the queue process. */
export async function startWorker(config: AppConfig, logger: Logger): Promise<INestApplicationContext> {
  const [{ NestFactory }, { WorkerModule }, { NestLogger }] = await Promise.all([
    import('@nestjs/core'),
    import('./worker.module.js'),
    import('./platform/api/nest-logger.js'),
  ]);
  return NestFactory.createApplicationContext(WorkerModule.of(config), {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
}
