import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LogBudget } from './log-budget.js';

describe('the budget of a log', () => {
  it('lets the same through as text and as lines, however the text is cut into chunks of whole lines', () => {
    const line = fc.string({ unit: fc.constantFrom('a', 'é', '😀', ' '), maxLength: 8 });
    const limits = fc.record({ limitBytes: fc.nat(120), limitLines: fc.nat(12), limitSeconds: fc.constant(1) });
    fc.assert(
      fc.property(fc.array(fc.array(line, { minLength: 1 })), limits, (chunks, limit) => {
        const [text, lines] = [new LogBudget(limit, []), new LogBudget(limit, [])];
        let [asText, asLines] = ['', ''];
        for (const chunk of chunks) {
          const one = text.takeText(Buffer.from(chunk.map((each) => `${each}\n`).join('')));
          const other = lines.take(chunk.map((each) => ({ id: '', at: null, text: each })));
          asText += one.shown.toString();
          asLines += other.shown.map((each) => `${each.text}\n`).join('');
          expect(one.full).toBe(other.full);
          if (one.full) break;
        }
        expect(asText).toBe(asLines);
        expect([text.bytes, text.lines]).toEqual([lines.bytes, lines.lines]);
        expect(text.bytes).toBe(Buffer.byteLength(asText));
      }),
    );
  });
});
