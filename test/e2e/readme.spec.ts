import { execFile } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertNothingLeft, BootedProcess } from '../support/processes.js';
import { redisOfThisRun } from '../support/product.js';
import { projectRoot } from '../support/project-root.js';
import type { TestRedis } from '../support/redis.js';

const run = promisify(execFile);

/** What a new user does: start, paste what the README and the banner say, stop. */
describe('the first minutes of a new user', () => {
  let folder: string;
  let product: BootedProcess;
  let redis: TestRedis | null;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'steward-readme-'));
    chmodSync(folder, 0o755);
    redis = await redisOfThisRun();
    const env = { NODE_STEWARD_HOME: join(folder, '.node-steward'), ...(redis ? { QUEUE_URL: redis.url } : {}) };
    product = await BootedProcess.boot({ env, until: /Reset, when stopped/, timeoutMs: 30_000 });
  });
  afterAll(async () => {
    await product?.kill();
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const paste = (command: string) => run('bash', ['-c', command], { cwd: folder, maxBuffer: 32 * 1024 * 1024 });

  it('finds the README start and test commands in package.json and CI', () => {
    const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
    const { scripts } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8'));
    for (const [, name] of readme.matchAll(/npm (?:run )?([a-z:]+)\b(?= ?(?:&&|$|--|`))/gm)) {
      if (name !== 'ci' && name !== 'run') expect(Object.keys(scripts), `npm ${name}`).toContain(name);
    }
    expect(readme).toContain('npm ci && npm test');
    expect(readFileSync(join(projectRoot, '.ci/run'), 'utf8')).toMatch(/^\s*npm test\b/m);
  });

  it('runs each command that the banner prints, as pasted', async () => {
    const commands = product.output.split('\n').filter((line) => line.startsWith('curl '));
    expect(commands).toHaveLength(3);
    const [list = '', drain = '', follow = ''] = commands;
    expect(JSON.parse((await paste(list)).stdout).items).toHaveLength(12);
    expect(JSON.parse((await paste(drain)).stdout)).toMatchObject({ type: 'DRAIN', node: 'worker-1' });
    const { stdout } = await paste(follow);
    expect(stdout).toContain('event: step');
    expect(stdout).toContain('SUCCEEDED');
  });

  it('runs the commands of the README, as pasted', async () => {
    const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
    const block = /```sh try\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
    const answers: string[] = [];
    const { stdout } = await paste(block.replaceAll(/^curl /gm, 'echo; echo ----; curl '));
    for (const answer of stdout.split('----').slice(1)) answers.push(answer.trim());
    expect(answers).toHaveLength(5);
    const [nodes, plan, drained, uncordoned, audit] = answers.map((answer) => JSON.parse(answer));
    expect(nodes.items).toHaveLength(3);
    expect(plan.summary.total).toBeGreaterThan(0);
    expect(drained).toMatchObject({ type: 'DRAIN', state: 'SUCCEEDED' });
    expect(uncordoned.data.uncordonNode).toMatchObject({ userErrors: [] });
    expect(audit.items.length).toBe(5);
  });

  it('keeps secrets to the owner', () => {
    expect(statSync(join(folder, '.node-steward/embedded.json')).mode & 0o777).toBe(0o600);
    const file = JSON.parse(readFileSync(join(folder, '.node-steward/embedded.json'), 'utf8'));
    expect(Object.keys(file)).toEqual(['url', 'graphqlUrl', 'tokens', 'kubeconfig', 'databaseUrl', 'queueUrl']);
    expect(Object.keys(file.tokens)).toEqual(['viewer', 'operator', 'approver', 'auditor', 'admin']);
  });

  it('stops everything on Ctrl-C', async () => {
    expect(await product.stop('SIGINT')).toBe(true);
    expect((await product.exited).code).toBe(0);
    await assertNothingLeft(folder);
  });
});
