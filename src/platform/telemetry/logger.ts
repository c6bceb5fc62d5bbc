import { pino } from 'pino';
import type { AppConfig } from '../../config/app-config.js';

/** The structured logger of the process. Call as pino's: `logger.info({ operationId }, 'operation claimed')`. */
export abstract class Logger {
  abstract debug(fields: object, message: string): void;
  abstract info(fields: object, message: string): void;
  abstract warn(fields: object, message: string): void;
  abstract error(fields: object, message: string): void;
  abstract child(fields: object): Logger;
}

/** Readable lines in a terminal, JSON in production. Credentials never reach a line. */
export function createLogger(config: AppConfig): Logger {
  return pino({
    level: config.log.level,
    base: { role: config.role },
    redact: ['req.headers.authorization', 'req.headers.cookie', 'headers.authorization', '*.token', '*.password'],
    ...(config.log.pretty
      ? {
          transport: {
            target: 'pino-pretty',
            options: { ignore: 'pid,hostname,role', translateTime: 'SYS:HH:MM:ss.l' },
          },
        }
      : {}),
  }) as unknown as Logger;
}
