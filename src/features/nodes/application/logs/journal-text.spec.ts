import { describe, expect, it } from 'vitest';
import { journalText } from './journal-text.js';
import { endedLines } from './read-lines.js';

const now = new Date('2026-11-24T08:00:00Z');
const entry = (text: string) => `Nov 23 21:38:00.000001 worker-1 kubelet[1]: ${text}\n`;

async function textOf(...chunks: string[]): Promise<string> {
  const source = async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  };
  const refused = (why: string) => new Error(why);
  let text = '';
  for await (const chunk of endedLines(journalText(source(), now, refused))) text += chunk.toString();
  return text;
}

describe('the text of a journal', () => {
  it('passes entries on with their further lines, empty ones too', async () => {
    const text = `${entry('a')}    more of a\n\n${entry('b')}`;
    expect(await textOf(text, entry('c'))).toBe(text + entry('c'));
  });

  it('leaves notes and what comes before the first entry out', async () => {
    expect(await textOf('-- No entries --\n')).toBe('');
    const chunks = [
      '\n-- Journal begins at Mon --\n',
      `-- Boot 1 --\n${entry('a')}`,
      '-- Boot 2 --\n',
      `${entry('b')}-- Boot 3 --\n`,
    ];
    expect(await textOf(...chunks)).toBe(entry('a') + entry('b'));
  });

  it('keeps lines that only look like notes', async () => {
    const text = `${entry('a')}-- not one of them\n`;
    expect(await textOf(text, '-- nor this\n')).toBe(`${text}-- nor this\n`);
  });

  it('tells of a failure at the start, and takes the same words in an entry for what they are', async () => {
    await expect(textOf('Failed to open the journal\n')).rejects.toThrow('the log could not be read');
    expect(await textOf(entry('a'), 'Failed to say more\n')).toBe(`${entry('a')}Failed to say more\n`);
  });

  it('ends the last line', async () => {
    expect(await textOf(entry('a').trimEnd())).toBe(entry('a'));
  });
});
