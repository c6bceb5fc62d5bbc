import { describe, expect, it } from 'vitest';
import { findCases } from './find-cases.js';

/** A few rounds of each case; `npm run chaos` runs many. */
describe('under faults', async () => {
  for (const { name, summary, rounds, run } of await findCases()) {
    it(`${name}: ${summary}`, async ({ skip }) => {
      const report = await run({ rounds: rounds.short, log: () => undefined });
      skip(report.rounds === 0, 'what the fault needs can not be had here');
      expect(report.findings).toEqual([]);
      expect(report.rounds).toBe(rounds.short);
    });
  }
});
