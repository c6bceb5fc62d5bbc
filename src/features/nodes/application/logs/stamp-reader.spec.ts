import { describe, expect, it } from 'vitest';
import { zoneOfEntry } from './line-head.js';
import { datedFromNewest, type LogEntry } from './log-entries.js';
import { StampReader } from './stamp-reader.js';

const now = new Date('2026-12-26T08:00:00Z');
const read = (line: string, from?: Date) => new StampReader({ from, now }).next(line);
const entry = (day: string): LogEntry => ({
  head: `${day} 10:00:00.000001 n kubelet[1]: a`,
  lines: [`${day} 10:00:00.000001 n kubelet[1]: a`],
});

describe('12.16 the time of a line', () => {
  it.each([
    ['Dec 24 23:59:59.000001 node kubelet[1]: a', '2026-12-24T23:59:59.000001Z'],
    ['Dez 24 23:59:59.000001 node kubelet[1]: a', '2026-12-24T23:59:59.000001Z'],
    ['déc. 24 23:59:59.000001 node kubelet[1]: a', '2026-12-24T23:59:59.000001Z'],
    ['12月 24 23:59:59.000001 node kubelet[1]: a', '2026-12-24T23:59:59.000001Z'],
    [' 2月 03 23:59:59.000001 node kubelet[1]: a', '2026-02-03T23:59:59.000001Z'],
    ['févr. 03 23:59:59.000001 node kubelet[1]: a', '2026-02-03T23:59:59.000001Z'],
    ['Mär 03 23:59:59.000001 node kubelet[1]: a', '2026-03-03T23:59:59.000001Z'],
    ['août 03 23:59:59.000001 node kubelet[1]: a', '2026-08-03T23:59:59.000001Z'],
    ['gru 03 23:59:59.000001 node kubelet[1]: a', '2026-12-03T23:59:59.000001Z'],
    ['дек 03 23:59:59.000001 node kubelet[1]: a', '2026-12-03T23:59:59.000001Z'],
    ['янв 03 23:59:59.000001 node kubelet[1]: a', '2026-01-03T23:59:59.000001Z'],
    ['12월 03 23:59:59.000001 node kubelet[1]: a', '2026-12-03T23:59:59.000001Z'],
    ['Ağu 03 23:59:59.000001 node kubelet[1]: a', '2026-08-03T23:59:59.000001Z'],
    // Nobody's month, but klog says which.
    ['Xyz 03 23:59:59.000001 node kubelet[1]: I0503 23:59:59.000001 1 a.go:1] a', '2026-05-03T23:59:59.000001Z'],
    ['Xyz 03 23:59:59.000001 node sshd[1]: a', '2026-12-03T23:59:59.000001Z'],
    ['I1224 23:59:59.123456    1023 server.go:212] a', '2026-12-24T23:59:59.123456Z'],
    ['2026-12-24 23:59:59,123 - util.py[DEBUG]: a', '2026-12-24T23:59:59.123000Z'],
    ['2026-12-24T23:59:59.123456789+01:00 a', '2026-12-24T22:59:59.123456Z'],
    ['time="2026-12-24T23:59:59Z" level=info', '2026-12-24T23:59:59.000000Z'],
    ['{"ts":1795573936780.1234,"caller":"a"}', '2026-11-25T02:32:16.780123Z'],
    ['12/24/2026 1:02:03 PM     0 Information  a', '2026-12-24T13:02:03.000000Z'],
    ['24.12.2026 13:02:03     0 Informationen  a', '2026-12-24T13:02:03.000000Z'],
    ['24/12/2026 13:02:03     0 Information  a', '2026-12-24T13:02:03.000000Z'],
    ['2026-12-24 1:02:03     0 a', '2026-12-24T01:02:03.000000Z'],
  ])('of %s', (line, stamp) => {
    expect(read(line)).toBe(stamp);
  });

  it.each([
    '    more of the entry above',
    '',
    '-- Boot 1 --',
    'the error at 10:00:00',
    'Feb 31 10:00:00.000001 n k[1]: a',
  ])('is not made up for %j', (line) => {
    expect(read(line)).toBeUndefined();
  });

  it('has the year of the asked window, also more than a year ago, and goes on over the turn of the year', () => {
    const reader = new StampReader({ from: new Date('2024-11-01T00:00:00Z'), now });
    const stamps = ['Nov 03', 'Dec 31', 'Jan 01', 'Oct 01', 'Jan 02'].map((day) =>
      reader.next(entry(day).head as string),
    );
    expect(stamps.map((stamp) => stamp?.slice(0, 10))).toEqual([
      '2024-11-03',
      '2024-12-31',
      '2025-01-01',
      '2025-10-01',
      '2026-01-02',
    ]);
  });

  it('is never later than now without a window, and follows from the newest line backwards', () => {
    expect(read('Dec 31 23:59:59.000001 n k[1]: a')).toBe('2025-12-31T23:59:59.000001Z');
    const days = ['Mar 01', 'Nov 01', 'Feb 01', 'Dec 20'].map(entry);
    const dates = (entries: LogEntry[], newestFirst: boolean) =>
      datedFromNewest(entries, new StampReader({ now }, 'BACKWARDS'), newestFirst).map(({ stamp }) =>
        stamp.slice(0, 10),
      );
    const expected = ['2025-03-01', '2025-11-01', '2026-02-01', '2026-12-20'];
    expect(dates(days, false)).toEqual(expected);
    expect(dates(days.toReversed(), true)).toEqual(expected);
  });

  it('12.21 tells the zone of the machine, half hours too, over midnight and the turn of the year', () => {
    const zone = (utc: string, klog: string) =>
      zoneOfEntry(`Dec 31 x n kubelet[1]: I${klog}.000001    1 a.go:1] a`, utc);
    expect(zone('2026-07-01T10:00:00.000001Z', '0701 12:00:00')).toBe(2 * 3600_000);
    expect(zone('2026-07-01T20:00:00.000001Z', '0702 01:30:00')).toBe(5.5 * 3600_000);
    expect(zone('2026-12-31T23:30:00.000001Z', '0101 00:30:01')).toBe(3600_000);
    expect(zone('2027-01-01T02:00:00.000001Z', '1231 21:00:00')).toBe(-5 * 3600_000);
    expect(zoneOfEntry('Dec 31 x n sshd[1]: a', '2026-07-01T10:00:00.000001Z')).toBeUndefined();
  });
});
