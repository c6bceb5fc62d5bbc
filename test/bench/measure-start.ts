import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '../support/free-port.js';
import { projectRoot } from '../support/project-root.js';
import { startArguments } from '../support/start-command.js';
import type { Comparison } from './comparison.js';
import { median } from './statistics.js';

/** "About a second", with what a busy machine adds. */
const TARGET_MS = 1500;
const LISTENS = /API listens/;

/** From starting an API process with a ready database until it listens; beside it what Node itself takes. */
export async function measureStart(env: Readonly<Record<string, string>>, repetitions: number): Promise<Comparison> {
  const ours: number[] = [];
  const bare: number[] = [];
  // The first start after a build compiles, later ones find the compiled code: it is told apart.
  const first = await untilListening(env);
  for (let repetition = 0; repetition < repetitions; repetition++) {
    ours.push(await untilListening(env));
    bare.push(await bareNode());
  }
  return {
    what: 'start of the API until it listens, beside node -e 0',
    unit: 'ms',
    ours: median(ours),
    peer: median(bare),
    ratio: null,
    target: `< ${TARGET_MS}`,
    met: median(ours) < TARGET_MS,
    more: { first, ours, bare },
  };
}

async function untilListening(env: Readonly<Record<string, string>>): Promise<number> {
  const port = String(await freePort());
  const start = performance.now();
  const child = spawn(process.execPath, startArguments(), {
    cwd: projectRoot,
    env: { PATH: process.env.PATH, ...env, ROLE: 'api', PORT: port, LOG_LEVEL: 'info', LOG_FORMAT: 'json' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await said(child);
    return performance.now() - start;
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
  }
}

async function said(child: ChildProcess): Promise<void> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += chunk;
    if (LISTENS.test(text)) return;
  }
  throw new Error(`the API ended before it listened:\n${text}`);
}

async function bareNode(): Promise<number> {
  const start = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'close');
  return performance.now() - start;
}
