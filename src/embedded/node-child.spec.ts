import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NodeChild } from './node-child.js';

let folder: string;
let script: string;
let lines: string[];
const log = (line: string) => void lines.push(line);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-child-'));
  script = join(folder, 'child.mjs');
  lines = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const SERVER = `
  process.stdin.resume().on('end', () => process.exit(0));
  console.log('hello ' + process.argv[2]);
  console.log(JSON.stringify({ ready: true, url: 'https://127.0.0.1:' + process.argv[2], kubeconfig: 'k' }));
`;

const alive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('NodeChild', () => {
  it('waits for the ready line, passes on the log and ends the child', async () => {
    writeFileSync(script, SERVER);
    const { child, ready } = await NodeChild.start({ name: 'It', script, args: ['7'], log });
    expect(ready).toEqual({ ready: true, url: 'https://127.0.0.1:7', kubeconfig: 'k' });
    expect(lines).toEqual(['hello 7']);
    const pid = child.pid as number;
    await child.stop();
    await child.exited;
    expect(alive(pid)).toBe(false);
  });

  it('tells in one line why a child did not become ready', async () => {
    writeFileSync(script, `console.error('Error: no disk left'); process.exit(4);`);
    await expect(NodeChild.start({ name: 'It', script, args: [], log })).rejects.toThrow(
      'It ended at start with code 4: Error: no disk left',
    );
  });

  it('ends a child that stays silent', async () => {
    writeFileSync(
      script,
      `(await import('node:fs')).writeFileSync('${folder}/pid', String(process.pid)); setInterval(() => {}, 1000);`,
    );
    await expect(NodeChild.start({ name: 'It', script, args: [], log, readyTimeoutMs: 1_000 })).rejects.toThrow(
      'in time',
    );
    await expect.poll(() => alive(Number(readFileSync(join(folder, 'pid'), 'utf8')))).toBe(false);
  });

  it('starts a child that crashed again, on the port that it had', async () => {
    writeFileSync(script, SERVER);
    const restartArgs = () => ['8'];
    const { child } = await NodeChild.start({ name: 'It', script, args: ['7'], log, restartArgs });
    process.kill(child.pid as number, 'SIGKILL');
    await expect.poll(() => lines, { timeout: 10_000 }).toEqual(['hello 7', 'It ended, starting it again', 'hello 8']);
    await child.stop();
  });

  it('gives up on a child that keeps crashing', async () => {
    writeFileSync(script, `${SERVER}; setTimeout(() => process.exit(1), 20);`);
    const { child } = await NodeChild.start({ name: 'It', script, args: ['7'], log, maxRestarts: 2 });
    await child.exited;
    expect(lines.at(-1)).toBe('It ended 3 times in a row and is not started again');
    expect(lines.filter((line) => line === 'hello 7')).toHaveLength(3);
  });
});
