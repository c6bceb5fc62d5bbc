import { describe, expect, it } from 'vitest';
import { waitFor } from '../../../test/support/wait-for.js';
import type { EventLog, LogHead } from './event-log.js';
import { EventStreams } from './event-streams.js';

interface Event {
  seq: number;
}

/** A log in memory that counts how often it is read. */
class MemoryLog implements EventLog<Event> {
  reads = 0;
  looks = 0;
  away = false;
  private readonly events = new Map<string, Event[]>();
  private readonly ended = new Set<string>();

  add(id: string, count: number): void {
    const known = this.events.get(id) ?? [];
    this.events.set(id, known);
    for (let added = 0; added < count; added++) known.push({ seq: known.length + 1 });
  }

  end(id: string): void {
    this.ended.add(id);
  }

  async after(id: string, seq: number, limit: number): Promise<Event[]> {
    this.reads += 1;
    if (this.away) throw new Error('Connection terminated unexpectedly');
    return (this.events.get(id) ?? []).filter((event) => event.seq > seq).slice(0, limit);
  }

  async heads(ids: readonly string[]): Promise<ReadonlyMap<string, LogHead>> {
    this.looks += 1;
    if (this.away) throw new Error('Connection terminated unexpectedly');
    const headOf = (id: string) => ({ lastSeq: this.events.get(id)?.length ?? 0, over: this.ended.has(id) });
    return new Map(ids.filter((id) => this.events.has(id)).map((id) => [id, headOf(id)]));
  }
}

function streamsOf(log: MemoryLog, lookAgainMs = 600_000) {
  const listeners: ((id: string) => void)[] = [];
  const notifications = {
    listen: async (_channel: string, listener: (id: string) => void) => {
      listeners.push(listener);
      return () => undefined;
    },
  };
  const notify = (id: string) => {
    for (const listener of listeners) listener(id);
  };
  return { streams: new EventStreams(log, notifications, 'channel', lookAgainMs), notify };
}

const never = () => new AbortController().signal;
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

async function collect(stream: AsyncIterable<Event>, into: number[] = []): Promise<number[]> {
  for await (const { seq } of stream) into.push(seq);
  return into;
}

describe('10.9 event streams with one reader for each thing', () => {
  it('reads once for a notification, however many follow', async () => {
    const log = new MemoryLog();
    const { streams, notify } = streamsOf(log);
    log.add('a', 1);
    const seen = Array.from({ length: 300 }, () => [] as number[]);
    const all = seen.map((into) => collect(streams.follow('a', 0, never()), into));
    await waitFor(() => expect(seen.every((into) => into.length === 1)).toBe(true));
    const before = log.reads + log.looks;
    log.add('a', 3);
    notify('a');
    await waitFor(() => expect(seen.every((into) => into.length === 4)).toBe(true));
    expect(log.reads + log.looks - before).toBeLessThanOrEqual(4);
    log.end('a');
    notify('a');
    await Promise.all(all);
    expect(seen.every((into) => into.join() === '1,2,3,4')).toBe(true);
    expect(streams.size).toBe(0);
  });

  it('joins what is stored with what comes, without gap or double, wherever a follower resumes and however slow it is', async () => {
    const log = new MemoryLog();
    const { streams, notify } = streamsOf(log);
    log.add('a', 450);
    const starts = [0, 1, 199, 200, 201, 449, 450, 700, 2 ** 40];
    const slow = async (after: number) => {
      const seen: number[] = [];
      for await (const { seq } of streams.follow('a', after, never())) {
        seen.push(seq);
        if (seq % 97 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      return seen;
    };
    const followers = starts.map(slow);
    for (let turn = 0; turn < 60; turn++) {
      log.add('a', 1 + ((turn * 7) % 41));
      notify('a');
      await new Promise((resolve) => setImmediate(resolve));
    }
    log.end('a');
    notify('a');
    const last = (await log.heads(['a'])).get('a')?.lastSeq as number;
    const seen = await Promise.all(followers);
    expect(last).toBeGreaterThan(1000);
    starts.forEach((after, index) => {
      expect(seen[index], `after ${after}`).toEqual(upTo(last).slice(after));
    });
  });

  it('covers lost notifications of all readers by one look', async () => {
    const log = new MemoryLog();
    const { streams } = streamsOf(log, 5);
    const ids = upTo(50).map(String);
    for (const id of ids) log.add(id, 1);
    const all = ids.map((id) => collect(streams.follow(id, 1, never())));
    await waitFor(() => expect(log.looks).toBeGreaterThan(55));
    expect(log.reads).toBe(0);
    for (const id of ids) log.end(id);
    await Promise.all(all);
  });

  it('ends followers with DATABASE_UNAVAILABLE when the database is away, and begins anew afterwards', async () => {
    const log = new MemoryLog();
    const { streams, notify } = streamsOf(log);
    log.add('a', 1);
    const stream = streams.follow('a', 0, never());
    await stream.next();
    log.away = true;
    const next = stream.next();
    notify('a');
    await expect(next).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    log.away = false;
    log.end('a');
    expect(await collect(streams.follow('a', 0, never()))).toEqual([1]);
    expect(streams.size).toBe(0);
  });

  it('lets go of the reader when the last follower leaves, at any moment', async () => {
    const log = new MemoryLog();
    const { streams } = streamsOf(log);
    log.add('a', 1);
    for (const turns of [0, 1, 2, 3, 10]) {
      const left = new AbortController();
      const following = collect(streams.follow('a', 0, left.signal));
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      left.abort();
      await following;
      expect(streams.size).toBe(0);
    }
  });
});
