import { describe, expect, it } from 'vitest';
import { idOf, type LogPosition, PositionCounter } from './log-line.js';
import { ResumeFilter } from './resume-filter.js';

const stamp = (seconds: number) => `2026-11-24T00:00:${seconds.toFixed(9).padStart(12, '0')}Z`;

/** Reads a log of these times again after `position`; gives the numbers of the lines that are told. */
function told(times: number[], position: LogPosition): number[] {
  const filter = new ResumeFilter(position);
  const counter = new PositionCounter();
  const lines = times.map((time, index) => ({
    id: idOf(counter.next(stamp(time))),
    at: null,
    text: String(index),
    stamp: stamp(time),
  }));
  const found = [...lines.flatMap((line) => filter.next(line, line.stamp)), ...filter.rest()];
  return found.map(({ text }) => Number(text));
}

describe('reading a log again', () => {
  it('goes on after the line of the position', () => {
    expect(told([1, 2, 3, 4], { stamp: stamp(2), count: 1 })).toEqual([2, 3]);
  });

  it('counts lines of the same time', () => {
    expect(told([1, 2, 2, 2, 3], { stamp: stamp(2), count: 2 })).toEqual([3, 4]);
  });

  it('loses no line that shows an earlier time than the one before it', () => {
    expect(told([1, 2, 2.3, 2.1, 2.2, 2.4], { stamp: stamp(2.3), count: 1 })).toEqual([3, 4, 5]);
  });

  it('doubles no line that shows a later time than the one after it', () => {
    expect(told([1, 2, 2.3, 2.1, 2.2, 2.4], { stamp: stamp(2.1), count: 1 })).toEqual([4, 5]);
  });

  it('tells all that comes later when the position was rotated away', () => {
    expect(told([3, 4, 5], { stamp: stamp(2), count: 1 })).toEqual([0, 1, 2]);
    expect(told([30, 31], { stamp: stamp(2), count: 1 })).toEqual([0, 1]);
  });
});
