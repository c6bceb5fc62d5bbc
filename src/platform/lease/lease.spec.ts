import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { monotonicNow } from '../../kernel/monotonic.js';
import { PermitLost } from '../../kernel/permit.js';
import { Lease } from './lease.js';
import { CHANGE_TIMEOUT_MS, HEARTBEAT_MS, SAFE_MS } from './lease-terms.js';

describe('10.1 a lease', () => {
  let leases: Lease<string>[] = [];
  let lost = 0;

  beforeEach(() => {
    lost = 0;
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'] });
  });
  afterEach(() => {
    for (const lease of leases) lease.end();
    leases = [];
    vi.useRealTimers();
  });

  function claimed(renew: () => Promise<string | null>, quietInMs = 0): Lease<string> {
    const onLost = () => {
      lost += 1;
    };
    const lease = new Lease<string>({ claimedAt: monotonicNow(), quietInMs, renew, onLost });
    leases.push(lease);
    return lease;
  }

  const never = () => new Promise<string | null>(() => undefined);

  it('is held for as long as heartbeats are confirmed', async () => {
    const lease = claimed(async () => 'RUNNING');
    await vi.advanceTimersByTimeAsync(10 * SAFE_MS);
    expect([lease.held, lost]).toEqual([true, 0]);
  });

  it('ends by its own timer when the heartbeat hangs, and sends no second one beside it', async () => {
    let asked = 0;
    const lease = claimed(() => {
      asked += 1;
      return never();
    });
    await vi.advanceTimersByTimeAsync(SAFE_MS - 1);
    expect([lease.held, lost, asked]).toEqual([true, 0, 1]);
    await vi.advanceTimersByTimeAsync(1);
    expect([lease.held, lost, asked]).toEqual([false, 1, 1]);
    expect(() => lease.admit()).toThrow(PermitLost);
  });

  it('counts from the sending of a heartbeat, not from its answer', async () => {
    const lease = claimed(async () => {
      await new Promise((resolve) => setTimeout(resolve, SAFE_MS - HEARTBEAT_MS - 1));
      return 'RUNNING';
    });
    // Confirmed just in time, and worth only what is left since it was sent.
    await vi.advanceTimersByTimeAsync(SAFE_MS);
    expect(lease.held).toBe(true);
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect([lease.held, lost]).toEqual([false, 1]);
  });

  it('admits nothing after a freeze, before any timer or answer has come', () => {
    const lease = claimed(async () => 'RUNNING');
    // The clock goes on while nothing of this process runs.
    const thawedAt = monotonicNow() + SAFE_MS;
    vi.spyOn(performance, 'now').mockReturnValue(thawedAt);
    expect(() => lease.admit()).toThrow(PermitLost);
    expect([lease.held, lost]).toEqual([false, 1]);
    vi.restoreAllMocks();
  });

  it('stays lost when a late answer confirms it', async () => {
    let confirm: (state: string) => void = () => undefined;
    const lease = claimed(
      () =>
        new Promise((resolve) => {
          confirm = resolve;
        }),
    );
    await vi.advanceTimersByTimeAsync(SAFE_MS);
    confirm('RUNNING');
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect([lease.held, lost]).toEqual([false, 1]);
  });

  it("is lost at once when the claim is another worker's", async () => {
    const lease = claimed(async () => null);
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect([lease.held, lost]).toEqual([false, 1]);
  });

  it('10.1 is not lost by a heartbeat that finds the end which was just stored', async () => {
    const isOver = (state: string) => state === 'SUCCEEDED';
    const onLost = () => {
      lost += 1;
    };
    const lease = new Lease({
      claimedAt: monotonicNow(),
      quietInMs: 0,
      renew: async () => 'SUCCEEDED',
      isOver,
      onLost,
    });
    leases.push(lease);
    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
    expect([lease.held, lost]).toEqual([true, 0]);
    // What shows the end on the cluster has the rest of the safe time.
    await vi.advanceTimersByTimeAsync(SAFE_MS);
    expect([lease.held, lost]).toEqual([false, 0]);
  });

  it('is quiet when the requests of an earlier holder can not arrive any more', async () => {
    const lease = claimed(async () => 'RUNNING', 5_000);
    const states: string[] = [];
    void lease.whenQuiet(new AbortController().signal).then(() => states.push('quiet'));
    await vi.advanceTimersByTimeAsync(4_900);
    expect([states, lease.quiet]).toEqual([[], false]);
    await vi.advanceTimersByTimeAsync(300);
    expect([states, lease.quiet]).toEqual([['quiet'], true]);
  });

  it('is quiet at once when own requests are answered, and later when one is not', async () => {
    const lease = claimed(async () => 'RUNNING');
    lease.admit()();
    expect(lease.quiet).toBe(true);
    lease.admit();
    expect(lease.quiet).toBe(false);
    await vi.advanceTimersByTimeAsync(CHANGE_TIMEOUT_MS);
    expect(lease.quiet).toBe(true);
  });

  it('can still show the end on the cluster after it was concluded, for what is left of the safe time', async () => {
    const lease = claimed(async () => null);
    lease.conclude();
    await vi.advanceTimersByTimeAsync(SAFE_MS - 1);
    expect(lease.held).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    expect([lease.held, lost]).toEqual([false, 0]);
  });
});
