import { describe, expect, it } from 'vitest';
import { activeFreezes, checkFreezeWindow, type FreezeWindow } from './freeze-window.js';

const range: FreezeWindow = {
  id: 'y',
  name: 'Year end',
  clusters: ['prod'],
  reason: 'bookkeeping',
  schedule: { type: 'RANGE', from: '2026-12-20T00:00:00Z', to: '2027-01-02T00:00:00Z' },
};
/** Fridays from 16:00 in Berlin, for 64 hours. */
const weekend: FreezeWindow = {
  ...range,
  id: 'w',
  name: 'Weekend',
  clusters: ['*'],
  schedule: { type: 'CRON', cron: '0 16 * * 5', timeZone: 'Europe/Berlin', durationSeconds: 64 * 3600 },
};
const at = (time: string, clusters = ['prod']) =>
  activeFreezes([range, weekend], clusters, new Date(time)).map(({ window, endsAt }) => [
    window.id,
    endsAt.toISOString(),
  ]);

describe('freeze windows', () => {
  it('of a range hold from the start to before the end, in their clusters', () => {
    expect(at('2026-12-24T12:00:00Z')).toEqual([['y', '2027-01-02T00:00:00.000Z']]);
    expect(at('2026-12-20T00:00:00Z')[0]?.[0]).toBe('y');
    expect(at('2026-12-24T12:00:00Z', ['dev'])).toEqual([]);
    expect(at('2027-01-04T12:00:00Z')).toEqual([]);
  });

  it('of a cron start by local time, in winter and in summer, and end after their duration', () => {
    expect(at('2026-11-27T14:59:59.999Z')).toEqual([]);
    expect(at('2026-11-27T15:00:00.000Z')).toEqual([['w', '2026-11-30T07:00:00.000Z']]);
    expect(at('2026-11-30T06:59:59Z')).toHaveLength(1);
    expect(at('2026-11-30T07:00:00Z')).toEqual([]);
    expect(at('2026-07-03T14:00:00Z')).toEqual([['w', '2026-07-06T06:00:00.000Z']]);
  });

  it('add up, the one that ends last first', () => {
    expect(at('2026-12-25T18:00:00Z').map(([id]) => id)).toEqual(['y', 'w']);
  });

  it('are checked before they are stored', () => {
    expect(checkFreezeWindow(range)).toEqual([]);
    expect(checkFreezeWindow(weekend)).toEqual([]);
    const bad = (schedule: FreezeWindow['schedule']) =>
      checkFreezeWindow({ ...range, schedule }).map(({ pointer }) => pointer);
    expect(bad({ type: 'RANGE', from: 'soon', to: '2027-01-01' })).toEqual(['/schedule/from']);
    expect(bad({ type: 'RANGE', from: '2027-01-02T00:00:00Z', to: '2027-01-01T00:00:00Z' })).toEqual(['/schedule/to']);
    expect(bad({ type: 'CRON', cron: '* * *', timeZone: 'Mars/Base', durationSeconds: 1 })).toEqual([
      '/schedule/cron',
      '/schedule/timeZone',
      '/schedule/durationSeconds',
    ]);
  });

  it.each([undefined, null])('10.13 a schedule is refused whose members are left out or null (%s)', (nothing) => {
    const bad = (schedule: object) =>
      checkFreezeWindow({ ...range, schedule: schedule as FreezeWindow['schedule'] }).map(({ pointer }) => pointer);
    expect(bad({ type: 'RANGE', from: nothing, to: nothing })).toEqual(['/schedule/from', '/schedule/to']);
    expect(bad({ type: 'CRON', cron: nothing, timeZone: nothing, durationSeconds: nothing })).toEqual([
      '/schedule/cron',
      '/schedule/timeZone',
      '/schedule/durationSeconds',
    ]);
  });
});
