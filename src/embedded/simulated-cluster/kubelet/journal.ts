import { stableHash } from '../controllers/stable-hash.js';
import { klogTime, type SimulatedHost } from '../host/simulated-host.js';

export interface JournalQuery {
  units: readonly string[];
  sinceMs?: number;
  untilMs?: number;
  tailLines?: number;
  pattern?: RegExp;
  /** 0 is the running boot, -1 the one before. */
  boot?: number;
}

export interface JournalEntry {
  at: number;
  unit: string;
  text: string;
}

interface RateChange {
  from: number;
  /** Lines that were written before `from` at this rate or earlier ones. */
  base: number;
  perSecond: number;
}

const UNITS = ['kubelet', 'containerd', 'sshd', 'chronyd', 'systemd-journald', 'node-steward-guard'] as const;
const PIDS: Readonly<Record<string, number>> = { kubelet: 1023, containerd: 812, sshd: 777, chronyd: 640, systemd: 1 };
const BOOT_MS = 9 * 24 * 3600 * 1000;
/** Fast logs are rotated away after this long, so that nobody can ask for days of thousands of lines a second. */
const FAST_LOG_KEPT_MS = 15 * 60 * 1000;

/**
 * A node's journal that is computed and not stored: line `i` of a unit has its time and text from `i` alone, so that
 * every reader sees the same lines and a day of them costs nothing. What really happened on the host is merged in.
 */
export class Journal {
  private readonly rates = new Map<string, RateChange[]>();

  constructor(
    private readonly host: SimulatedHost,
    private readonly now: () => number = Date.now,
  ) {
    for (const unit of UNITS) {
      const perSecond =
        unit === 'kubelet' ? 0.5 : unit === 'containerd' ? 0.2 : unit === 'node-steward-guard' ? 0 : 1 / 600;
      this.rates.set(unit, [{ from: host.bootedAt - BOOT_MS, base: 0, perSecond }]);
    }
  }

  knows(unit: string): boolean {
    return this.rates.has(unit);
  }

  /** From now on a unit writes so many lines a second, each with its number as `seq`. */
  setRate(unit: string, perSecond: number): void {
    const changes = this.rates.get(unit);
    const last = changes?.at(-1);
    if (!changes || !last) return;
    const from = this.now();
    changes.push({ from, base: last.base + linesBetween(last, from), perSecond });
  }

  /** In order of time. Beyond `limit` only the newest lines are kept. */
  read(query: JournalQuery, limit = 100_000): JournalEntry[] {
    const boot = query.boot ?? 0;
    const bootStart = this.host.bootedAt + boot * BOOT_MS;
    const bootEnd = boot === 0 ? this.now() : bootStart + BOOT_MS;
    const from = Math.max(query.sinceMs ?? bootStart, query.boot === undefined ? bootStart - BOOT_MS : bootStart);
    const to = Math.min(query.untilMs ?? bootEnd, bootEnd);
    const keep = Math.min(query.tailLines ?? limit, limit);
    const entries = query.units.flatMap((unit) => this.routine(unit, from, to, query.pattern ? limit : keep));
    for (const line of this.host.recordedLines) {
      // systemd's own words about a unit are listed with the unit.
      const unit = line.unit === 'systemd' ? 'kubelet' : line.unit;
      if (query.units.includes(unit) && line.at >= from && line.at <= to) entries.push(line);
    }
    entries.sort((a, b) => a.at - b.at);
    const wanted = query.pattern ? entries.filter((entry) => query.pattern?.test(entry.text)) : entries;
    return wanted.length > keep ? wanted.slice(wanted.length - keep) : wanted;
  }

  format(entry: JournalEntry): string {
    const pid = PIDS[entry.unit] ?? 1023;
    return `${shortPrecise(entry.at)} ${this.host.nodeName} ${entry.unit}[${pid}]: ${entry.text}`;
  }

  private routine(unit: string, from: number, to: number, keep: number): JournalEntry[] {
    const entries: JournalEntry[] = [];
    const changes = this.rates.get(unit) ?? [];
    for (let index = changes.length - 1; index >= 0 && entries.length < keep; index -= 1) {
      const change = changes[index] as RateChange;
      const end = Math.min(to, (changes[index + 1]?.from ?? Number.POSITIVE_INFINITY) - 1e-6);
      const fast = change.perSecond > 10;
      const start = Math.max(from, change.from, fast ? this.now() - FAST_LOG_KEPT_MS : 0);
      if (change.perSecond === 0 || end < start) continue;
      const first = Math.ceil(((start - change.from) * change.perSecond) / 1000);
      const last = Math.floor(((end - change.from) * change.perSecond) / 1000);
      for (let i = last; i >= first && entries.length < keep; i -= 1) {
        const at = change.from + (i * 1000) / change.perSecond;
        const seq = change.base + i;
        entries.push({ at, unit, text: fast ? fastText(seq, at) : routineText(unit, this.host.nodeName, seq, at) });
      }
    }
    return entries;
  }
}

const linesBetween = (change: RateChange, until: number): number =>
  Math.floor(((until - change.from) * change.perSecond) / 1000) + 1;

/** Months as `journalctl` writes them; the node logs are always in UTC. */
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `--output=short-precise`, which the kubelet asks journalctl for: microseconds, no year. */
function shortPrecise(at: number): string {
  const date = new Date(at);
  const iso = date.toISOString();
  const micros = String(Math.floor((at * 1000) % 1000)).padStart(3, '0');
  return `${MONTHS[date.getUTCMonth()]} ${iso.slice(8, 10)} ${iso.slice(11, 23)}${micros}`;
}

const fastText = (seq: number, at: number): string =>
  `I${klogTime(at)} generator.go:77] "Routine" seq=${seq} payload="the quick brown fox jumps over the lazy dog"`;

const KUBELET_LINES: readonly ((hash: number, node: string) => string)[] = [
  (hash) =>
    `reconciler_common.go:224] "operationExecutor.MountVolume started" volume="kube-api-access-${hash.toString(36)}"`,
  (hash) =>
    `pod_startup_latency_tracker.go:104] "Observed pod startup duration" podStartSLOduration=${(hash % 9000) / 1000}`,
  (hash) =>
    `kubelet_volumes.go:163] "Cleaned up orphaned pod volumes dir" podUID="${hash.toString(16).padStart(8, '0')}"`,
  (_hash, node) =>
    `kubelet_node_status.go:714] "Recording event message for node" node="${node}" event="NodeHasSufficientMemory"`,
  (hash) =>
    `prober.go:120] "Probe failed" probeType="Readiness" pod="web/frontend-${hash.toString(36).slice(0, 5)}" output="HTTP probe failed with statuscode: 503"`,
  () => 'image_gc_manager.go:391] "Disk usage on image filesystem is under the low threshold" usage=41 lowThreshold=80',
  (hash) => `status_manager.go:919] "Patch status for pod" podUID="${hash.toString(16).padStart(8, '0')}"`,
];

const OTHER_LINES: Readonly<Record<string, readonly string[]>> = {
  containerd: [
    'level=info msg="StopPodSandbox returns successfully"',
    'level=info msg="ImageCreate event name:\\"registry.example/frontend:7.11.1\\""',
    'level=info msg="container event discarded" type=CONTAINER_STOPPED_EVENT',
  ],
  sshd: ['Connection closed by 10.0.4.11 port 51812 [preauth]', 'Server listening on 0.0.0.0 port 22.'],
  chronyd: ['Selected source 169.254.169.123', 'System clock wrong by 0.000213 seconds'],
  'systemd-journald': ['Data hash table of system.journal has a fill level at 75.0, suggesting rotation.'],
};

function routineText(unit: string, node: string, seq: number, at: number): string {
  const hash = stableHash(`${node}/${unit}/${seq}`);
  if (unit !== 'kubelet') return OTHER_LINES[unit]?.[hash % (OTHER_LINES[unit]?.length ?? 1)] ?? '';
  const index = (hash >>> 8) % KUBELET_LINES.length;
  const level = index === 4 ? 'E' : 'I';
  return `${level}${klogTime(at)} ${KUBELET_LINES[index]?.(hash, node) ?? ''}`;
}
