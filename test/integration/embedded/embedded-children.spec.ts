import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assertNothingLeft, processesMentioning } from '../../support/processes.js';
import { projectRoot } from '../../support/project-root.js';

const BUILT = pathToFileURL(join(projectRoot, 'dist/src/embedded/node-child.js')).href;
const PARENT = `
  const { NodeChild } = await import(process.argv[1]);
  await NodeChild.start({ name: 'It', script: process.argv[2], args: [], log: () => undefined });
  console.log('started');
`;
const DEAF = "for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT']) process.on(signal, () => undefined);";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'steward-child-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('10.12 no child of embedded mode outlives a parent that was killed', () => {
  it.each([
    ['waits', 'setInterval(() => undefined, 1000);'],
    ['is busy without end', 'for (;;);'],
    ['is busy and deaf to signals', `${DEAF} for (;;);`],
    ['stopped', "process.kill(process.pid, 'SIGSTOP');"],
  ])('one that %s', { timeout: 90_000 }, async (_, work) => {
    const script = join(folder, 'child.mjs');
    const atWork = join(folder, 'at-work');
    writeFileSync(
      script,
      `console.log(JSON.stringify({ ready: true }));
       (await import('node:fs')).writeFileSync('${atWork}', '');
       ${work}`,
    );
    const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT, BUILT, script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(parent.stdout, 'data');
    await expect.poll(() => existsSync(atWork), { timeout: 30_000 }).toBe(true);
    try {
      parent.kill('SIGKILL');
      // Nor does what guards it.
      await assertNothingLeft(folder, 50_000);
    } finally {
      for (const { pid } of processesMentioning(folder)) process.kill(pid, 'SIGKILL');
    }
  });
});
