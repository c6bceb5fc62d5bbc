import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.js';
import { projectRoot } from './project-root.js';
import { startArguments } from './start-command.js';

export interface BootOptions {
  role?: 'api' | 'worker' | 'all';
  /** Added to a minimal environment; PORT is chosen unless it is here. */
  env?: Record<string, string>;
  /** Runs as this user; only root can. */
  uid?: number;
  gid?: number;
  cwd?: string;
  /** 'http': until /readyz answers 200 (the default); a pattern: until a log line matches; 'none': at once. */
  until?: 'http' | 'none' | RegExp;
  timeoutMs?: number;
}

/** The product as users boot it: the built dist in a process of its own. */
export class BootedProcess {
  private lines = '';
  private readonly child: ChildProcess;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  private constructor(
    readonly url: string,
    options: BootOptions,
    port: number,
  ) {
    this.child = spawn(process.execPath, startArguments(), {
      cwd: options.cwd ?? projectRoot,
      env: {
        PATH: process.env.PATH,
        LOG_LEVEL: 'info',
        ...(options.role ? { ROLE: options.role } : {}),
        PORT: String(port),
        ...options.env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.lines += text;
      });
    }
    this.exited = new Promise((resolve) => {
      this.child.once('close', (code, signal) => resolve({ code, signal }));
      this.child.once('error', () => resolve({ code: 127, signal: null }));
    });
  }

  static async boot(options: BootOptions = {}): Promise<BootedProcess> {
    const port = options.env?.PORT ? Number(options.env.PORT) : await freePort();
    const booted = new BootedProcess(`http://127.0.0.1:${port}`, options, port);
    const until = options.until ?? 'http';
    const deadline = Date.now() + (options.timeoutMs ?? 180_000);
    while (until !== 'none' && !(await booted.isReady(until))) {
      if (booted.ended || Date.now() > deadline) {
        const how = booted.ended ? 'ended' : 'was not ready in time';
        await booted.kill();
        throw new Error(`The process ${how}. It wrote:\n${booted.output}`);
      }
      await sleep(50);
    }
    return booted;
  }

  get pid(): number {
    return this.child.pid as number;
  }

  /** All it wrote so far, stdout and stderr together. */
  get output(): string {
    return this.lines;
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined;
  }

  /** Asks it to end and waits; kill -9 after the patience. Returns whether it ended by itself. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', patienceMs = 30_000): Promise<boolean> {
    if (!this.ended) this.child.kill(signal);
    const abort = new AbortController();
    const late = sleep(patienceMs, true, { signal: abort.signal }).catch(() => false);
    const tooLate = await Promise.race([this.exited.then(() => false), late]);
    abort.abort();
    await this.kill();
    return !tooLate;
  }

  /** kill -9, as the kernel or an operator would. */
  async kill(): Promise<void> {
    if (!this.ended) this.child.kill('SIGKILL');
    await this.exited;
  }

  private async isReady(until: 'http' | RegExp): Promise<boolean> {
    if (until !== 'http') return until.test(this.lines);
    try {
      return (await fetch(`${this.url}/readyz`)).status === 200;
    } catch {
      return false; // not listening yet
    }
  }
}

/** Living processes whose command line or environment holds the text, a home folder for example. Linux only. */
export function processesMentioning(text: string): { pid: number; command: string }[] {
  const found: { pid: number; command: string }[] = [];
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === process.pid) continue;
    const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
    if (command.includes(text) || (command !== '' && read(`/proc/${pid}/environ`).includes(text)))
      found.push({ pid, command });
  }
  return found;
}

/** Waits until no process mentions the text. @throws Error that names those that stay. */
export async function assertNothingLeft(text: string, patienceMs = 20_000): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const left = processesMentioning(text);
    if (left.length === 0) return;
    if (Date.now() > deadline)
      throw new Error(`Left behind: ${left.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`);
    await sleep(50);
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // ended meanwhile, or not ours to read
  }
}
