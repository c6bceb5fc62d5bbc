import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { defaultHost } from '../host/default-host.js';
import { SimulatedHost } from '../host/simulated-host.js';
import { Journal } from './journal.js';

function journal(start = Date.parse('2026-11-23T12:00:00Z')) {
  const clock = { now: start };
  const host = new SimulatedHost({ ...defaultHost('worker-1'), now: () => clock.now });
  return { clock, host, journal: new Journal(host, () => clock.now) };
}

describe('journal', () => {
  it('gives every reader the same lines, and new ones as time passes', () => {
    const { clock, journal: log } = journal();
    const query = { units: ['kubelet'], sinceMs: clock.now - 60_000 };
    const first = log.read(query).map((entry) => log.format(entry));
    expect(first).toHaveLength(31);
    expect(log.read(query).map((entry) => log.format(entry))).toEqual(first);
    clock.now += 10_000;
    const later = log.read(query).map((entry) => log.format(entry));
    expect(later.slice(0, 31)).toEqual(first);
    expect(later).toHaveLength(36);
    expect(first[0]).toMatch(/^Nov 23 11:59:00\.000000 worker-1 kubelet\[1023\]: [IE]1123 /);
  });

  it('keeps the newest lines of a tail, merges units by time and filters by pattern', () => {
    const { journal: log } = journal();
    expect(log.read({ units: ['kubelet'], tailLines: 7 })).toHaveLength(7);
    const merged = log.read({ units: ['kubelet', 'containerd'], tailLines: 20 });
    expect(merged.map((entry) => entry.at)).toEqual(merged.map((entry) => entry.at).sort((a, b) => a - b));
    const probes = log.read({ units: ['kubelet'], pattern: RE2JS.compile('Probe failed'), tailLines: 5 });
    expect(probes).toHaveLength(5);
    expect(probes.every((entry) => entry.text.startsWith('E') && entry.text.includes('Probe failed'))).toBe(true);
  });

  it('reads the boot before only when asked for', () => {
    const { host, journal: log } = journal();
    const previous = log.read({ units: ['kubelet'], boot: -1, tailLines: 3 });
    expect(previous.every((entry) => entry.at <= host.bootedAt)).toBe(true);
    expect(log.read({ units: ['kubelet'], boot: 0, tailLines: 3 }).every((entry) => entry.at > host.bootedAt)).toBe(
      true,
    );
  });

  it('shows what happened on the host', () => {
    const { host, clock, journal: log } = journal();
    host.startKubelet();
    const text = log
      .read({ units: ['kubelet'], sinceMs: clock.now })
      .map((entry) => entry.text)
      .join('\n');
    expect(text).toContain('Started kubelet.service');
    expect(text).toContain('"Kubelet version"');
  });

  it('numbers the lines of a fast log without gaps', () => {
    const { clock, journal: log } = journal();
    log.setRate('kubelet', 5_000);
    const start = clock.now;
    clock.now += 2_000;
    const seqs = log
      .read({ units: ['kubelet'], sinceMs: start })
      .flatMap((entry) => /seq=(\d+)/.exec(entry.text)?.[1] ?? [])
      .map(Number);
    expect(seqs).toHaveLength(10_001);
    expect(seqs.every((seq, index) => seq === (seqs[0] as number) + index)).toBe(true);
  });

  it('10.12 is not held up by an expression that backtracks for ever', () => {
    const { journal: log } = journal();
    const lines = log.read({ units: ['kubelet'], pattern: RE2JS.compile('((.*)*)*nothing$'), tailLines: 5 });
    expect(lines).toEqual([]);
  });
});
