import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/app-config.js';
import { createLogger, type Logger } from './logger.js';
import { safeLines } from './safe-log-line.js';

const HASH = 'f'.repeat(64);
const TOKEN = `ns_${'0'.repeat(16)}_${HASH}_${'1'.repeat(8)}`;

function written(format: 'json' | 'pretty', log: (logger: Logger) => void): string {
  const lines: string[] = [];
  const config = loadConfig({ LOG_FORMAT: format }, false);
  log(createLogger(config, { write: (line) => lines.push(line) }));
  return lines.join('');
}

describe.each(['json', 'pretty'] as const)('10.22 the log as %s', (format) => {
  it('holds no control character, line break or turn of direction of a caller', () => {
    const free = 'a\u001b[2J\r\nINFO: forged\u202e\u009b31m\u2028';
    const text = written(format, (logger) => logger.info({ reason: free, nested: { name: free }, [free]: 1 }, free));
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Bidi_Control}\u2028]/u);
    expect(text).toContain('\\u001b[2J');
    expect(text).not.toMatch(/^INFO: forged/m);
  });

  it('holds no parameter of a query, no password of a URL and no token', () => {
    const driver = Object.assign(new Error(`invalid input syntax for type uuid: "${HASH}"`), {
      severity: 'ERROR',
      code: '22P02',
      detail: `Key (secret_hash)=(${HASH})`,
    });
    // The members of TypeORM's QueryFailedError.
    const failed = Object.assign(new Error(driver.message), {
      query: 'SELECT * FROM api_tokens WHERE secret_hash = $1',
      parameters: [HASH],
      driverError: driver,
      code: driver.code,
    });
    const wrapped = new Error(`no connection to postgres://steward:hunter2@db:5432/steward for ${TOKEN}`, {
      cause: failed,
    });
    const text = written(format, (logger) =>
      logger.error({ err: wrapped, url: 'redis://:hunter2@queue:6379' }, 'failed'),
    );
    expect(text).not.toContain(HASH);
    expect(text).not.toContain('hunter2');
    expect(text).toContain('22P02');
    expect(text).toContain('steward:[REDACTED]@db');
    expect(text).toContain('logger.spec.ts');
  });
});

describe('10.22 the stack that is printed for a defect at start', () => {
  it('keeps its lines, and holds nothing that a terminal obeys, no password and no token', () => {
    const defect = new Error(`postgres://steward:s3cret@db/x ${TOKEN} \u001b[2J\u202e\rforged`);
    const lines = safeLines(defect.stack as string).split('\n');
    expect(lines.length).toBe((defect.stack as string).split('\n').length);
    expect(lines.join('')).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
    expect(lines.join('')).not.toMatch(new RegExp(`s3cret|${HASH}`));
    expect(lines[0]).toContain('steward:[REDACTED]@db');
  });
});
