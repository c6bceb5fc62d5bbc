import { describe, it } from 'vitest';
import { findCases } from './find-cases.js';

/** A few rounds of each case; `npm run chaos` runs many. */
describe.concurrent('under faults', async () => {
  for (const { name, summary, rounds, run } of await findCases()) {
    it(`${name}: ${summary}`, async ({ skip, expect }) => {
      const report = await run({ rounds: rounds.short, log: () => undefined });
      skip(report.rounds === 0, 'what the fault needs can not be had here');
      expect(report.findings).toEqual([]);
      expect(report.rounds).toBe(rounds.short);
    });
  }
});
