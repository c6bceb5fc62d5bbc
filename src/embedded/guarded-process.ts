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
 * Ends process $1 when descriptor 3 closes: by signal $2, and if it does not heed that within $3 tenths of a second by QUIT, then by KILL. The
 * kernel closes our end of that pipe however we die, so that also kill -9 leaves nothing behind, be it busy without end. Short sleeps, because
 * one may outlive the guard.
 */
const WATCH = `
watch() {
  while read -r _ <&3; do :; done
  kill -"$2" "$1" 2>/dev/null || exit 0
  for last in QUIT KILL; do
    n=0
    while [ $n -lt "$3" ]; do kill -0 "$1" 2>/dev/null || exit 0; sleep 0.1; n=$((n+1)); done
    kill -"$last" "$1" 2>/dev/null
  done
}
signal=$1
grace=$2
shift 2
`;

/** Starts the command beside the watch, and ends with it. Arguments: signal, grace, command, its arguments. */
const GUARD = `exec 3<&0
${WATCH}
"$@" </dev/null 3<&- &
pid=$!
watch "$pid" "$signal" "$grace" >/dev/null 2>&1 &
watcher=$!
wait "$pid"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"
`;

/**
 * Becomes the command, with the same process id, streams and exit; the watch is its child. While that lives it keeps the number of the group,
 * and with it the process id, from being given to others: only for commands that are started detached, and that wait for no unknown child.
 */
const GUARDED_EXEC = `${WATCH}
watch $$ "$signal" "$grace" >/dev/null 2>&1 &
exec "$@" 3<&-
`;

/** Tenths of a second: for a server that writes a checkpoint, and for what has nothing to keep. */
const SERVER_GRACE = 100;
const SHORT_GRACE = 30;

/**
 * What to start instead of a command, with a pipe of ours as descriptor 3, so that it can't outlive us. A pipe for the watch alone: a command that
 * makes its standard input non-blocking would do so for the watch too, whose read then fails once it was stopped and continued.
 */
export function guardedCommand(command: string, args: readonly string[]): [string, string[]] {
  return ['/bin/sh', ['-c', GUARDED_EXEC, 'sh', 'TERM', String(SHORT_GRACE), command, ...args]];
}

const LAST_RESORT_MS = 25_000;

/** Starts a foreign program that must not outlive this process, with its log in a file. */
export async function startGuardedProcess(options: GuardedProcessOptions): Promise<GuardedProcess> {
  const log = openSync(options.logFile, 'a', 0o600);
  let guard: ChildProcess;
  try {
    const { stopSignal = 'TERM', command, args } = options;
    guard = spawn('/bin/sh', ['-c', GUARD, 'sh', stopSignal, String(SERVER_GRACE), command, ...args], {
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
