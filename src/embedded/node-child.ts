import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartupError } from '../kernel/startup-error.js';
import { guardedCommand } from './guarded-process.js';

export interface NodeChildOptions {
  /** For messages and logs. */
  name: string;
  script: string;
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
  /** Gets each line that the child writes, but for the ready line. */
  log: (line: string) => void;
  readyTimeoutMs?: number;
  /** Starts in a row without a minute of running after which a child that crashes is given up. */
  maxRestarts?: number;
  /** Arguments of a restart, made from what the first start reported: to listen on the same port again, for example. */
  restartArgs?: (ready: ReadyLine) => readonly string[];
}

export interface ReadyLine {
  ready: true;
  url: string;
  kubeconfig: string;
}

const STOP_MS = 10_000;
const STEADY_MS = 60_000;

/**
 * A Node program of ours in its own process. It says that it is ready with one line of JSON, ends when its stdin closes, and is started again if it
 * crashes. A guard outside of it sees to the end where it is too busy to: it can't outlive us, even after kill -9.
 */
export class NodeChild {
  /** Resolves when the child is given up or stopped. */
  readonly exited: Promise<void>;
  private child: ChildProcess | undefined;
  private stopping = false;
  private gone: () => void = () => undefined;

  private constructor(private readonly options: NodeChildOptions) {
    this.exited = new Promise((resolve) => {
      this.gone = resolve;
    });
  }

  /** @throws StartupError if the child ends or stays silent instead of reporting ready. */
  static async start(options: NodeChildOptions): Promise<{ child: NodeChild; ready: ReadyLine }> {
    const child = new NodeChild(options);
    const ready = await child.launch(options.args);
    void child.keepRunning(options.restartArgs?.(ready) ?? options.args);
    return { child, ready };
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const child = this.child;
    if (!child || ended(child)) return this.gone();
    const exit = exitOf(child);
    child.stdin?.destroy();
    child.kill('SIGTERM');
    const abort = new AbortController();
    await Promise.race([exit, sleep(STOP_MS, undefined, { signal: abort.signal }).catch(() => undefined)]);
    abort.abort();
    if (!ended(child)) child.kill('SIGKILL');
    await exit;
    this.gone();
  }

  private async keepRunning(args: readonly string[]): Promise<void> {
    let failures = 0;
    while (!this.stopping && this.child) {
      const since = Date.now();
      await exitOf(this.child);
      if (this.stopping) return;
      failures = Date.now() - since > STEADY_MS ? 1 : failures + 1;
      if (failures > (this.options.maxRestarts ?? 5)) {
        this.options.log(`${this.options.name} ended ${failures} times in a row and is not started again`);
        return this.gone();
      }
      this.options.log(`${this.options.name} ended, starting it again`);
      await sleep(200 * failures);
      if (this.stopping) return;
      await this.launch(args).catch((error: Error) => this.options.log(error.message));
    }
  }

  private launch(args: readonly string[]): Promise<ReadyLine> {
    const { name, script, log } = this.options;
    const child = spawn(...guardedCommand(process.execPath, [script, ...args]), {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
      env: this.options.env ?? process.env,
      // Ctrl-C in the terminal reaches only us, and we end the children in the right order.
      detached: true,
    });
    this.child = child;
    child.stdin?.on('error', () => undefined);
    child.stdio[3]?.on('error', () => undefined);
    child.once('exit', () => child.stdio[3]?.destroy());
    const lastLines: string[] = [];
    return new Promise<ReadyLine>((resolve, reject) => {
      const fail = (what: string) => {
        const hint = lastLines.find((line) => /error/i.test(line)) ?? lastLines.at(-1);
        reject(new StartupError(`${name} ${what}${hint ? `: ${hint.trim()}` : ''}`));
      };
      const timer = setTimeout(() => {
        fail('did not become ready in time');
        child.kill('SIGKILL');
      }, this.options.readyTimeoutMs ?? 30_000);
      for (const stream of [child.stdout, child.stderr]) {
        if (!stream) continue;
        createInterface({ input: stream }).on('line', (line) => {
          const ready = readyLine(line);
          if (ready) {
            clearTimeout(timer);
            return resolve(ready);
          }
          if (lastLines.push(line) > 20) lastLines.shift();
          log(line);
        });
      }
      child.once('error', (error) => {
        clearTimeout(timer);
        fail(`cannot be started (${error.message})`);
      });
      child.once('close', (code, signal) => {
        clearTimeout(timer);
        fail(`ended at start with ${signal ?? `code ${code}`}`);
      });
    });
  }
}

function readyLine(line: string): ReadyLine | undefined {
  if (!line.startsWith('{"ready":true')) return undefined;
  try {
    return JSON.parse(line) as ReadyLine;
  } catch {
    return undefined;
  }
}

const ended = (child: ChildProcess): boolean =>
  child.exitCode !== null || child.signalCode !== null || child.pid === undefined;

const exitOf = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (ended(child)) return resolve();
    child.once('exit', () => resolve());
  });
