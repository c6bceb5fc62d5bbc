import { readdirSync, readFileSync } from 'node:fs';

/** Stops a process and all that it has started (SIGSTOP), parents first, so that nothing is started meanwhile. Returns what lets them go on. Linux only. */
export function freezeProcesses(root: number): () => void {
  const frozen: number[] = [];
  const freeze = (pid: number) => {
    process.kill(pid, 'SIGSTOP');
    frozen.push(pid);
    for (const child of childrenOf(pid)) freeze(child);
  };
  freeze(root);
  return () => {
    for (const pid of frozen.splice(0).reverse()) process.kill(pid, 'SIGCONT');
  };
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    // The name in parentheses may hold spaces.
    return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1]);
  } catch {
    return undefined; // ended meanwhile
  }
}
