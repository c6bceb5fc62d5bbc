import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runKubectl } from '../support/kubectl.js';
import { assertNothingLeft, processesMentioning } from '../support/processes.js';
import { projectRoot } from '../support/project-root.js';

const root = process.getuid?.() === 0;
const NOBODY = 65_534;

// What main.ts does with it, without the product on top.
const PARENT = `
  const { startEmbedded } = await import(process.argv[1]);
  try {
    const { databaseUrl, kubeconfigPath, stop } = await startEmbedded({
      home: process.argv[2],
      port: Number(process.argv[3]),
      ...JSON.parse(process.argv[4]),
    });
    process.once('SIGTERM', () => stop().then(() => process.exit(0)));
    process.stdout.write(JSON.stringify({ databaseUrl, kubeconfigPath }) + '\\n');
  } catch (error) {
    process.stdout.write(JSON.stringify({ name: error.name, message: error.message }) + '\\n');
    process.exitCode = 1;
  }
`;

interface Report {
  databaseUrl: string;
  kubeconfigPath: string;
  name?: string;
  message?: string;
}

let home: string;
let parents: ChildProcess[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'steward-home-'));
  chmodSync(home, 0o755);
});
afterEach(async () => {
  for (const parent of parents) parent.kill('SIGKILL');
  parents = [];
  await assertNothingLeft(home);
  rmSync(home, { recursive: true });
});

async function start(
  options: { port?: number; uid?: number; given?: Partial<Report> } = {},
): Promise<{ parent: ChildProcess; report: Report }> {
  const script = pathToFileURL(join(projectRoot, 'dist/src/embedded/start-embedded.js')).href;
  const args = [
    '--input-type=module',
    '-e',
    PARENT,
    script,
    join(home, 'h'),
    String(options.port ?? 0),
    JSON.stringify(options.given ?? {}),
  ];
  const user = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
  const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: '/', ...user });
  parents.push(parent);
  let text = '';
  for await (const chunk of parent.stdout?.setEncoding('utf8') ?? []) {
    text += chunk;
    if (text.includes('\n')) break;
  }
  return { parent, report: JSON.parse(text) as Report };
}

async function databaseAnswers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('SELECT 1 AS one');
  await client.end();
  return rows[0]?.one === 1;
}

async function expectNodes(kubeconfig: string): Promise<void> {
  const nodes = await runKubectl(kubeconfig, ['get', 'nodes', '--no-headers']);
  expect(nodes.stderr).toBe('');
  expect(nodes.stdout.trim().split('\n')).toHaveLength(12);
}

describe('the embedded environment', () => {
  it('gives a database and a cluster, ends them on request and starts again on the same data', async () => {
    const { parent, report } = await start();
    expect(await databaseAnswers(report.databaseUrl)).toBe(true);
    await expectNodes(report.kubeconfigPath);
    expect(statSync(report.kubeconfigPath).mode & 0o777).toBe(0o600);
    const exit = new Promise((resolve) => parent.once('exit', resolve));
    parent.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(processesMentioning(home)).toEqual([]);
    expect(existsSync(join(home, 'h/lock'))).toBe(false);
    const again = await start();
    expect(again.report.databaseUrl).toBe(report.databaseUrl);
  });

  it('leaves nothing behind after kill -9 of the parent, and starts at once over what was left', async () => {
    const { parent } = await start();
    expect(processesMentioning(home).length).toBeGreaterThan(3);
    parent.kill('SIGKILL');
    const { parent: second, report } = await start();
    expect(await databaseAnswers(report.databaseUrl)).toBe(true);
    second.kill('SIGKILL');
    await assertNothingLeft(home);
  });

  it.runIf(root)('runs as an unprivileged user just as well', async () => {
    chmodSync(home, 0o777);
    const { report } = await start({ uid: NOBODY });
    expect(await databaseAnswers(report.databaseUrl)).toBe(true);
    await expectNodes(report.kubeconfigPath);
    expect(statSync(join(home, 'h/postgres/data')).uid).toBe(NOBODY);
  });

  it('starts only what was not given', async () => {
    const databaseUrl = 'postgres://u:p@127.0.0.1:1/given';
    const withDatabase = await start({ given: { databaseUrl } });
    expect(withDatabase.report.databaseUrl).toBe(databaseUrl);
    await expectNodes(withDatabase.report.kubeconfigPath);
    expect(existsSync(join(home, 'h/postgres'))).toBe(false);
    withDatabase.parent.kill('SIGKILL');
    await assertNothingLeft(home);
    const withCluster = await start({ given: { kubeconfigPath: '/given/kubeconfig' } });
    expect(withCluster.report.kubeconfigPath).toBe('/given/kubeconfig');
    expect(await databaseAnswers(withCluster.report.databaseUrl)).toBe(true);
  });

  it('refuses a second start in the same home in one line, and the first goes on', async () => {
    const { parent, report } = await start();
    const second = await start();
    expect(second.report).toEqual({
      name: 'StartupError',
      message: `Node Steward already runs in ${home}/h (process ${parent.pid}): stop it, or set NODE_STEWARD_HOME and PORT for a second one`,
    });
    expect(await databaseAnswers(report.databaseUrl)).toBe(true);
  });

  it('says that the port is in use before it starts anything', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { report } = await start({ port });
    other.close();
    expect(report).toEqual({
      name: 'StartupError',
      message: `Port ${port} is in use: stop what listens there, or set PORT to another one`,
    });
    expect(existsSync(join(home, 'h/postgres'))).toBe(false);
    expect(existsSync(join(home, 'h/lock'))).toBe(false);
  });

  it('says that the folder is not writable', async () => {
    chmodSync(home, 0o555);
    const { report } = root ? await start({ uid: NOBODY }) : await start();
    chmodSync(home, 0o755);
    expect(report.name).toBe('StartupError');
    expect(report.message).toBe(
      `The folder ${home}/h is not writable (EACCES): make it writable for this user, or set NODE_STEWARD_HOME to another folder`,
    );
  });
});
