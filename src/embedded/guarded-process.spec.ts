import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGuardedProcess } from './guarded-process.js';

let folder: string;
let logFile: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-guard-'));
  logFile = join(folder, 'log');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('startGuardedProcess', () => {
  it('passes on arguments as they are, logs both streams and tells the exit code', async () => {
    const child = await startGuardedProcess({
      command: '/bin/sh',
      args: ['-c', 'echo "$1"; echo err >&2; exit 3', 'sh', 'a "b" $c'],
      logFile,
    });
    expect(await child.exited).toBe(3);
    expect(child.running).toBe(false);
    expect(readFileSync(logFile, 'utf8')).toBe('a "b" $c\nerr\n');
    await child.stop();
  });

  it('ends a running command by asking it first', async () => {
    const script = 'trap "echo asked; exit 0" TERM; echo up; while :; do sleep 0.05; done';
    const child = await startGuardedProcess({ command: '/bin/sh', args: ['-c', script], logFile });
    await expect.poll(() => readFileSync(logFile, 'utf8')).toBe('up\n');
    expect(child.running).toBe(true);
    await child.stop();
    expect(readFileSync(logFile, 'utf8')).toBe('up\nasked\n');
  });

  it('reports a command that does not exist', async () => {
    const child = await startGuardedProcess({ command: '/nonexistent/program', args: [], logFile });
    expect(await child.exited).toBe(127);
  });
});
