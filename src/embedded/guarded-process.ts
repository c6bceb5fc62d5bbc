import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface GuardedProcessOptions {
  command: string;
  args: readonly string[];
  /** stdout and stderr are appended here: a file outlives a killed parent, a pipe would not. */
  logFile: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  /**
   * What asks the command to end; it gets ten seconds, then SIGQUIT, then SIGKILL. A shell starts background commands with INT and QUIT ignored:
   * these two are only for programs that install their own handlers, as Postgres does.
   */
  stopSignal?: 'INT' | 'TERM' | 'QUIT';
}

export interface GuardedProcess {
  /** Resolves when the command has ended, for whatever reason; never rejects. */
  readonly exited: Promise<number>;
  readonly running: boolean;
  stop(): Promise<void>;
}

/**
 * The guard: starts the command and ends it when standard input closes. The kernel closes our end of that pipe however we die, so that also
 * kill -9 leaves nothing behind. Short sleeps, because one may outlive the guard. Arguments: signal, command, its arguments.
 */
const GUARD = `
exec 3<&0
signal=$1
shift
"$@" </dev/null 3<&- &
pid=$!
(
  while read -r _ <&3; do :; done
  kill -"$signal" "$pid" 2>/dev/null || exit 0
  for last in QUIT KILL; do
    n=0
    while [ $n -lt 100 ]; do kill -0 "$pid" 2>/dev/null || exit 0; sleep 0.1; n=$((n+1)); done
    kill -"$last" "$pid" 2>/dev/null
  done
) >/dev/null 2>&1 &
watcher=$!
wait "$pid"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"
`;

const LAST_RESORT_MS = 25_000;

/** Starts a foreign program that must not outlive this process. Not for Node children of ours: they watch their stdin themselves. */
export async function startGuardedProcess(options: GuardedProcessOptions): Promise<GuardedProcess> {
  const log = openSync(options.logFile, 'a', 0o600);
  let guard: ChildProcess;
  try {
    guard = spawn('/bin/sh', ['-c', GUARD, 'sh', options.stopSignal ?? 'TERM', options.command, ...options.args], {
      stdio: ['pipe', log, log],
      // A session of its own: Ctrl-C in the terminal reaches only us, and we end the children in the right order.
      detached: true,
      cwd: options.cwd ?? '/',
      env: options.env ?? { PATH: process.env.PATH ?? '/usr/bin:/bin' },
      ...(options.uid === undefined ? {} : { uid: options.uid }),
      ...(options.gid === undefined ? {} : { gid: options.gid }),
    });
  } finally {
    closeSync(log);
  }
  const exited = new Promise<number>((resolve) => {
    guard.once('exit', (code) => resolve(code ?? 1));
    guard.once('error', () => resolve(127));
  });
  if (guard.pid === undefined) await once(guard, 'spawn');
  guard.stdin?.on('error', () => undefined);
  let running = true;
  void exited.then(() => {
    running = false;
  });
  return {
    exited,
    get running() {
      return running;
    },
    async stop() {
      guard.stdin?.destroy();
      const abort = new AbortController();
      await Promise.race([
        exited,
        sleep(LAST_RESORT_MS, undefined, { signal: abort.signal, ref: false }).catch(() => undefined),
      ]);
      abort.abort();
      if (running && guard.pid !== undefined) process.kill(-guard.pid, 'SIGKILL');
      await exited;
    },
  };
}
