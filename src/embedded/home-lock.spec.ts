import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartupError } from '../kernel/startup-error.js';
import { HomeLock } from './home-lock.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'steward-lock-'));
});
afterEach(() => rmSync(home, { recursive: true }));

describe('HomeLock', () => {
  it('refuses a second holder in one line that says what to do', () => {
    const first = HomeLock.acquire(home);
    expect(() => HomeLock.acquire(home)).toThrow(StartupError);
    expect(() => HomeLock.acquire(home)).toThrow(new RegExp(`runs in ${home} \\(process ${process.pid}\\): stop it`));
    first.release();
    HomeLock.acquire(home).release();
    expect(readdirSync(home)).toEqual([]);
  });

  it.each([
    ['a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, started: '1' })],
    ['an earlier process with the number of a living one', JSON.stringify({ pid: process.pid, started: '1' })],
    ['a write that was cut off', '{"pi'],
  ])('takes over the lock of %s', (_, content) => {
    writeFileSync(join(home, 'lock'), content);
    HomeLock.acquire(home).release();
    expect(existsSync(join(home, 'lock'))).toBe(false);
  });

  it('leaves the lock of a later holder alone', () => {
    const first = HomeLock.acquire(home);
    rmSync(join(home, 'lock'));
    writeFileSync(join(home, 'lock'), 'of another');
    first.release();
    expect(existsSync(join(home, 'lock'))).toBe(true);
  });
});
