import type { RE2JS } from 're2js';
import { stableHash } from '../controllers/stable-hash.js';
import { klogTime, type SimulatedHost } from '../host/simulated-host.js';

export interface JournalQuery {
  units: readonly string[];
  sinceMs?: number;
  untilMs?: number;
  tailLines?: number;
  /** Of the engine that the kubelet itself has: its time is linear in the text, whatever the expression. */
  pattern?: RE2JS;
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
    return this.host.journald && this.rates.has(this.nameOf(unit));
  }

  /** From now on a unit writes so many lines a second, each with its number as `seq`. */
  setRate(unit: string, perSecond: number): void {
    const changes = this.rates.get(unit);
    const last = changes?.at(-1);
    if (!changes || !last) return;
    const from = this.now();
    changes.push({ from, base: last.base + linesBetween(last, from), perSecond });
  }

  /**
   * As journalctl: a tail counts from the end, but from the start where `since` is given, and with a pattern the newest
   * line comes first. Beyond `limit` only the newest lines are kept.
   */
  read(query: JournalQuery, limit = 100_000): JournalEntry[] {
    const boot = query.boot ?? 0;
    const bootStart = this.host.bootedAt + boot * BOOT_MS;
    const bootEnd = boot === 0 ? this.now() : bootStart + BOOT_MS;
    const from = Math.max(query.sinceMs ?? bootStart, query.boot === undefined ? bootStart - BOOT_MS : bootStart);
    const keep = Math.min(query.tailLines ?? limit, limit);
    const oldest = query.sinceMs !== undefined && query.tailLines !== undefined && !query.pattern;
    // Without a start journalctl steps back from the very end first, and looks at the end that was asked for then.
    const fromEnd = query.tailLines !== undefined && !oldest && !query.pattern;
    const until = query.untilMs ?? bootEnd;
    const to = fromEnd ? bootEnd : Math.min(until, bootEnd);
    const entries = query.units.flatMap((unit) =>
      this.routine(this.nameOf(unit), { from, to, keep: query.pattern ? limit : keep, oldest }),
    );
    for (const line of this.host.recordedLines) {
      // systemd's own words about a unit are listed with the unit.
      const unit = line.unit === 'systemd' ? 'kubelet' : line.unit;
      const asked = query.units.some((name) => this.nameOf(name) === unit);
      if (asked && line.at >= from && line.at <= to) entries.push(line);
    }
    entries.sort((a, b) => a.at - b.at);
    const wanted = query.pattern ? newestMatches(entries, query.pattern, keep) : entries;
    if (oldest) return wanted.slice(0, keep);
    const kept = wanted.length > keep ? wanted.slice(wanted.length - keep) : wanted;
    if (query.pattern && query.tailLines !== undefined) return kept.reverse();
    return fromEnd ? kept.filter(({ at }) => at <= until) : kept;
  }

  format(entry: JournalEntry): string {
    const pid = PIDS[entry.unit] ?? 1023;
    const unit = entry.unit === 'kubelet' ? this.host.kubeletUnit : entry.unit;
    return `${shortPrecise(entry.at, this.host.locale)} ${this.host.nodeName} ${unit}[${pid}]: ${entry.text}`;
  }

  /** Units are known here by what they do. */
  private nameOf(unit: string): string {
    if (unit === this.host.kubeletUnit) return 'kubelet';
    return unit === 'kubelet' ? '' : unit;
  }

  private routine(unit: string, { from, to, keep, oldest }: Stretch): JournalEntry[] {
    const entries: JournalEntry[] = [];
    const changes = this.rates.get(unit) ?? [];
    for (let step = 0; step < changes.length && entries.length < keep; step += 1) {
      const index = oldest ? step : changes.length - 1 - step;
      const change = changes[index] as RateChange;
      const end = Math.min(to, (changes[index + 1]?.from ?? Number.POSITIVE_INFINITY) - 1e-6);
      const fast = change.perSecond > 10;
      const start = Math.max(from, change.from, fast ? this.now() - FAST_LOG_KEPT_MS : 0);
      if (change.perSecond === 0 || end < start) continue;
      const first = Math.ceil(((start - change.from) * change.perSecond) / 1000);
      const last = Math.floor(((end - change.from) * change.perSecond) / 1000);
      const count = Math.min(last - first + 1, keep - entries.length);
      for (let nth = 0; nth < count; nth += 1) {
        const i = oldest ? first + nth : last - nth;
        const at = change.from + (i * 1000) / change.perSecond;
        const seq = change.base + i;
        const { timeZone } = this.host;
        entries.push({ at, unit, text: fast ? fastText(seq, at, timeZone) : routineText(unit, this.host, seq, at) });
      }
    }
    return entries;
  }
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly keep: number;
  /** Keeps the first lines instead of the last. */
  readonly oldest: boolean;
}

/** As long as one reader may hold up the others; linear can still be slow. */
const MATCHING_MS = 1_000;

function newestMatches(entries: readonly JournalEntry[], pattern: RE2JS, keep: number): JournalEntry[] {
  const found: JournalEntry[] = [];
  const end = performance.now() + MATCHING_MS;
  for (let i = entries.length - 1; i >= 0 && found.length < keep && performance.now() < end; i -= 1) {
    const entry = entries[i] as JournalEntry;
    if (pattern.test(entry.text)) found.push(entry);
  }
  return found.reverse();
}

const linesBetween = (change: RateChange, until: number): number =>
  Math.floor(((until - change.from) * change.perSecond) / 1000) + 1;

/** Names of months by language, as the C library has them. */
const MONTHS: Readonly<Record<string, readonly string[]>> = {
  'en-US': ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'],
  'de-DE': ['Jan', 'Feb', 'Mär', 'Apr', 'Mai', 'Jun', 'Jul', 'Aug', 'Sep', 'Okt', 'Nov', 'Dez'],
  'fr-FR': [
    ...['janv.', 'févr.', 'mars', 'avril', 'mai', 'juin'],
    ...['juil.', 'août', 'sept.', 'oct.', 'nov.', 'déc.'],
  ],
  'ja-JP': [...' 1, 2, 3, 4, 5, 6, 7, 8, 9,10,11,12'.split(',')].map((number) => `${number}月`),
};

/** `--utc --output=short-precise`, which the kubelet asks journalctl for: microseconds, no year, the month in its language. */
function shortPrecise(at: number, locale: string): string {
  const date = new Date(at);
  const iso = date.toISOString();
  const micros = String(Math.floor((at * 1000) % 1000)).padStart(3, '0');
  const months = MONTHS[locale] ?? MONTHS['en-US'];
  return `${months?.[date.getUTCMonth()]} ${iso.slice(8, 10)} ${iso.slice(11, 23)}${micros}`;
}

const fastText = (seq: number, at: number, timeZone: string): string =>
  `I${klogTime(at, timeZone)} generator.go:77] "Routine" seq=${seq} payload="the quick brown fox jumps over the lazy dog"`;

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

function routineText(unit: string, { nodeName: node, timeZone }: SimulatedHost, seq: number, at: number): string {
  const hash = stableHash(`${node}/${unit}/${seq}`);
  if (unit !== 'kubelet') return OTHER_LINES[unit]?.[hash % (OTHER_LINES[unit]?.length ?? 1)] ?? '';
  const index = (hash >>> 8) % KUBELET_LINES.length;
  const level = index === 4 ? 'E' : 'I';
  return `${level}${klogTime(at, timeZone)} ${KUBELET_LINES[index]?.(hash, node) ?? ''}`;
}
