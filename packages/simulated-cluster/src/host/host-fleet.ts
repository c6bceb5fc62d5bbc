import { type HostCommandResult, HostCommandRunner } from '../controllers/host-command-runner.js';
import type { Pod } from '../controllers/kube-types.js';
import { defaultHost } from './default-host.js';
import { SimulatedHost, type SimulatedHostOptions } from './simulated-host.js';

/** What a privileged pod does on its host. Undefined: not a command this handler knows. */
export type HostCommandHandler = (host: SimulatedHost, pod: Pod) => Promise<HostCommandResult> | undefined;

type Listener = (host: SimulatedHost) => void;

const RESTART_MS = 600;
/** A script that restarts the kubelet's unit at most once a boot: whoever makes the folder named after its argument does. */
const RESTART_ONCE = /\bmkdir "(\/run\/[^"$]+)\$1"[\s\S]*\bsystemctl restart\b/;

/** The machines under the nodes, made when first asked for, and the commands that pods run on them. */
export class HostFleet extends HostCommandRunner {
  private readonly hosts = new Map<string, SimulatedHost>();
  private readonly handlers: HostCommandHandler[] = [];
  private readonly listeners = new Set<Listener>();

  constructor(
    private readonly describe: (nodeName: string) => SimulatedHostOptions = defaultHost,
    private readonly timeScale = 1,
  ) {
    super();
    this.handlers.push((host, pod) => this.restartOnce(host, pod));
    this.handlers.push((host, pod) => this.systemctl(host, pod));
  }

  of(nodeName: string): SimulatedHost {
    const known = this.hosts.get(nodeName);
    if (known) return known;
    const host = new SimulatedHost(this.describe(nodeName));
    this.hosts.set(nodeName, host);
    host.startKubelet();
    host.onStateChange(() => {
      for (const listener of [...this.listeners]) listener(host);
    });
    return host;
  }

  forget(nodeName: string): void {
    this.hosts.delete(nodeName);
  }

  /** Handlers added later are asked first. */
  onCommand(handler: HostCommandHandler): void {
    this.handlers.unshift(handler);
  }

  /** Told whenever a kubelet on one of the hosts starts, stops or fails. */
  onKubeletChange(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  override run(pod: Pod, nodeName: string): Promise<HostCommandResult> | undefined {
    const host = this.of(nodeName);
    for (const handler of this.handlers) {
      const running = handler(host, pod);
      if (running) return running;
    }
    return undefined;
  }

  /** Like `systemctl restart kubelet`: the process is away for a moment. Resolves to whether it came back. */
  async restartKubelet(nodeName: string, downMs = RESTART_MS): Promise<boolean> {
    const host = this.of(nodeName);
    host.stopKubelet();
    host.restarts += 1;
    await new Promise((resolve) => setTimeout(resolve, downMs / this.timeScale));
    return host.startKubelet();
  }

  /** Such a script on a host whose kubelet runs as kubelet.service, with the effects that it has in a shell. */
  private restartOnce(host: SimulatedHost, pod: Pod): Promise<HostCommandResult> | undefined {
    const { command = [] } = pod.spec.containers[0] ?? {};
    const at = command.findIndex((word) => RESTART_ONCE.test(word));
    const folder = RESTART_ONCE.exec(command[at] ?? '')?.[1];
    if (!folder) return undefined;
    const marker = `${folder}${command[at + 2]}/.keep`;
    if (host.stat(marker)) {
      return Promise.resolve({ exitCode: 0, output: 'kubelet.service was restarted for this operation already\n' });
    }
    host.write(marker, '');
    return this.restartKubelet(host.nodeName).then((started) =>
      started
        ? { exitCode: 0, output: 'kubelet.service restarted\n' }
        : { exitCode: 4, output: 'kubelet.service: Failed with result exit-code.\n' },
    );
  }

  /** Pods that enter the host's namespaces and call systemctl about the kubelet's unit. */
  private systemctl(host: SimulatedHost, pod: Pod): Promise<HostCommandResult> | undefined {
    const words = pod.spec.containers.flatMap(({ command = [], args = [] }) => [...command, ...args]).join(' ');
    const verb = /\bsystemctl\s+(?:--\S+\s+)*(restart|stop|start)\s+kubelet(?:\.service)?\b/.exec(words)?.[1];
    if (!verb) return undefined;
    if (verb === 'stop') host.stopKubelet();
    if (verb !== 'restart') return Promise.resolve({ exitCode: verb === 'stop' || host.startKubelet() ? 0 : 1 });
    return this.restartKubelet(host.nodeName).then((started) =>
      started
        ? { exitCode: 0, output: 'kubelet.service restarted\n' }
        : {
            exitCode: 1,
            output: 'Job for kubelet.service failed because the control process exited with error code.\n',
          },
    );
  }
}
