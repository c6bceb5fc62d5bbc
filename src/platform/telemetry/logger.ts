import { pino } from 'pino';
import pretty from 'pino-pretty';
import type { AppConfig } from '../../config/app-config.js';
import { loggableError } from './loggable-error.js';
import { safeLogLine, safePrettyLine } from './safe-log-line.js';

/** The structured logger of the process. Call as pino's: `logger.info({ operationId }, 'operation claimed')`. */
export abstract class Logger {
  abstract debug(fields: object, message: string): void;
  abstract info(fields: object, message: string): void;
  abstract warn(fields: object, message: string): void;
  abstract error(fields: object, message: string): void;
  abstract child(fields: object): Logger;
}

interface LogTarget {
  write(line: string): unknown;
}

/** Readable lines in a terminal, JSON in production. Credentials, query parameters and control characters never reach a line. */
export function createLogger(config: AppConfig, target?: LogTarget): Logger {
  return pino(
    {
      level: config.log.level,
      base: { role: config.role },
      serializers: { err: (error: unknown) => loggableError(error) },
      redact: ['req.headers.authorization', 'req.headers.cookie', 'headers.authorization', '*.token', '*.password'],
    },
    config.log.pretty ? prettyTarget(target) : jsonTarget(target),
  ) as unknown as Logger;
}

function jsonTarget(target?: LogTarget): LogTarget {
  const out = target ?? pino.destination({ dest: 1, sync: true });
  return { write: (line) => out.write(safeLogLine(line)) };
}

function prettyTarget(target?: LogTarget): LogTarget {
  const format = pretty.prettyFactory({
    colorize: target === undefined,
    ignore: 'pid,hostname,role',
    translateTime: 'SYS:HH:MM:ss.l',
  });
  const out = target ?? pino.destination({ dest: 1, sync: true });
  return { write: (line) => out.write(String(format(safePrettyLine(line)))) };
}
