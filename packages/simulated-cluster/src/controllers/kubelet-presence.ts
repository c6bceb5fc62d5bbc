type Listener = (nodeName: string, running: boolean) => void;

/** Which nodes have a running kubelet. All have, unless it was stopped; others react to changes. */
export class KubeletPresence {
  private readonly stopped = new Set<string>();
  private readonly listeners = new Set<Listener>();

  isRunning(nodeName: string): boolean {
    return !this.stopped.has(nodeName);
  }

  set(nodeName: string, running: boolean): void {
    if (running === this.isRunning(nodeName)) return;
    if (running) this.stopped.delete(nodeName);
    else this.stopped.add(nodeName);
    for (const listener of [...this.listeners]) listener(nodeName, running);
  }

  onChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
