import { dirname } from 'node:path/posix';
import {
  type HostFiles,
  KubeletStartError,
  type LoadedKubeletConfig,
  loadKubeletConfig,
} from './load-kubelet-config.js';
import { zoneOffset } from './wall-clock.js';

export interface HostFile {
  content: string;
  mode: number;
}

export interface HostLogLine {
  at: number;
  unit: string;
  text: string;
}

export interface SimulatedHostOptions {
  nodeName: string;
  /** Of the kubelet, without dashes: `config`, `config-dir`, `node-ip` … */
  flags: Record<string, string>;
  files: Record<string, string>;
  kubeletVersion?: string;
  now?: () => number;
}

export type KubeletState = 'running' | 'stopped' | 'failed' | 'starting';

/** What a fault does to the next starts of a kubelet. */
export type StartFault = 'never-returns';

/**
 * The machine under one node: files, the kubelet's command line, its unit. Starting the kubelet loads its configuration
 * from the files as the real one does; a bad one leaves the unit failed with the reason in the journal.
 */
export class SimulatedHost implements HostFiles {
  readonly nodeName: string;
  readonly flags: Record<string, string>;
  readonly bootedAt: number;
  readonly kubeletVersion: string;
  state: KubeletState = 'stopped';
  startFault?: StartFault;
  /** Set by `PUT /debug/flags/v`; lost with the process. */
  verbosity = 0;
  /** Of the machine: klog writes in it, and journalctl reads `--since` in it. */
  timeZone = 'UTC';
  /** Of journalctl, which decides the names of months. */
  locale = 'en-US';
  /** False on machines without journald, whose services write files under /var/log. */
  journald = true;
  /** The unit that runs the kubelet; k3s and RKE2 have others. */
  kubeletUnit = 'kubelet';
  /** Feature gates that the kubelet reports besides those of its configuration, and the host's cgroup version. */
  readonly reportedGates = new Map<string, boolean>();
  cgroupVersion = 2;
  restarts = 0;
  startedAt = 0;
  private loaded?: LoadedKubeletConfig;
  private readonly files = new Map<string, HostFile>();
  private readonly lines: HostLogLine[] = [];
  private readonly listeners = new Set<(state: KubeletState) => void>();
  private readonly now: () => number;

  constructor(options: SimulatedHostOptions) {
    this.nodeName = options.nodeName;
    this.flags = options.flags;
    this.kubeletVersion = options.kubeletVersion ?? 'v1.35.4';
    this.now = options.now ?? Date.now;
    this.bootedAt = this.now() - 9 * 24 * 3600 * 1000;
    for (const [path, content] of Object.entries(options.files)) this.write(path, content);
  }

  read(path: string): string | undefined {
    return this.files.get(path)?.content;
  }

  stat(path: string): HostFile | undefined {
    return this.files.get(path);
  }

  write(path: string, content: string, mode = 0o600): void {
    this.files.set(path, { content, mode });
  }

  rename(from: string, to: string): void {
    const file = this.files.get(from);
    if (!file) throw new Error(`ENOENT: no such file or directory, rename '${from}' -> '${to}'`);
    this.files.delete(from);
    this.files.set(to, file);
  }

  remove(path: string): boolean {
    return this.files.delete(path);
  }

  under(folder: string): string[] {
    const prefix = folder.endsWith('/') ? folder : `${folder}/`;
    return [...this.files.keys()].filter((path) => path.startsWith(prefix)).sort();
  }

  /** Names directly inside a folder; undefined when nothing is there. */
  list(folder: string): string[] | undefined {
    const inside = this.under(folder);
    if (inside.length === 0) return undefined;
    const prefix = folder.endsWith('/') ? folder : `${folder}/`;
    return [...new Set(inside.map((path) => path.slice(prefix.length).split('/')[0] as string))];
  }

  folderOf(path: string): string {
    return dirname(path);
  }

  /** The kubelet's command line, as `/proc/<pid>/cmdline` and `systemctl cat` would show it. */
  get commandLine(): string[] {
    return ['/usr/bin/kubelet', ...Object.entries(this.flags).map(([name, value]) => `--${name}=${value}`)];
  }

  /** Effective configuration of the running kubelet. */
  get kubelet(): LoadedKubeletConfig | undefined {
    return this.state === 'running' ? this.loaded : undefined;
  }

  /** Starts the kubelet; false, with the unit failed, when it cannot run with what it finds. */
  startKubelet(): boolean {
    if (this.state === 'running') return true;
    this.log('systemd', 'Started kubelet.service - kubelet: The Kubernetes Node Agent.');
    if (this.startFault === 'never-returns') {
      this.setState('failed');
      this.log('systemd', 'kubelet.service: Main process exited, code=exited, status=1/FAILURE');
      return false;
    }
    try {
      this.loaded = loadKubeletConfig(this, this.flags);
    } catch (error) {
      if (!(error instanceof KubeletStartError)) throw error;
      this.log(
        'kubelet',
        `E${klogTime(this.now(), this.timeZone)} run.go:72] "command failed" err="${error.message.replaceAll('"', '\\"')}"`,
      );
      this.log('systemd', 'kubelet.service: Main process exited, code=exited, status=1/FAILURE');
      this.log('systemd', "kubelet.service: Failed with result 'exit-code'.");
      this.setState('failed');
      return false;
    }
    this.verbosity = this.loaded.config.logging?.verbosity ?? 0;
    this.startedAt = this.now();
    this.log(
      'kubelet',
      `I${klogTime(this.now(), this.timeZone)} server.go:212] "Kubelet version" kubeletVersion="${this.kubeletVersion}"`,
    );
    this.log(
      'kubelet',
      `I${klogTime(this.now(), this.timeZone)} kubelet.go:428] "Attempting to sync node with API server"`,
    );
    this.setState('running');
    return true;
  }

  stopKubelet(): void {
    if (this.state === 'stopped') return;
    this.log('systemd', 'Stopping kubelet.service - kubelet: The Kubernetes Node Agent...');
    this.log('systemd', 'Stopped kubelet.service - kubelet: The Kubernetes Node Agent.');
    this.setState('stopped');
  }

  restartKubelet(): boolean {
    this.stopKubelet();
    this.restarts += 1;
    return this.startKubelet();
  }

  onStateChange(listener: (state: KubeletState) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  log(unit: string, text: string): void {
    this.lines.push({ at: this.now(), unit, text });
    if (this.lines.length > 20_000) this.lines.splice(0, 5_000);
  }

  /** What was written to the journal beside the routine lines. */
  get recordedLines(): readonly HostLogLine[] {
    return this.lines;
  }

  private setState(state: KubeletState): void {
    this.state = state;
    for (const listener of [...this.listeners]) listener(state);
  }
}

/** `1123 21:27:06.123456    1023`: month and day, local time, process id. */
export function klogTime(at: number, timeZone = 'UTC'): string {
  const iso = new Date(at + zoneOffset(at, timeZone)).toISOString();
  return `${iso.slice(5, 7)}${iso.slice(8, 10)} ${iso.slice(11, 23)}000    1023`;
}
