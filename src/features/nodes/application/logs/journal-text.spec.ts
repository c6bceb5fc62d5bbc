import { describe, expect, it } from 'vitest';
import { journalText } from './journal-text.js';
import { endedLines } from './read-lines.js';

const entry = (text: string) => `Nov 23 21:38:00.000001 worker-1 kubelet[1]: ${text}\n`;

async function read(...chunks: string[]): Promise<{ text: string; words: string[] }> {
  const source = async function* () {
    for (const chunk of chunks) yield Buffer.from(chunk);
  };
  const words: string[] = [];
  let text = '';
  for await (const chunk of endedLines(journalText(source(), words))) text += chunk.toString();
  return { text, words };
}

const textOf = async (...chunks: string[]): Promise<string> => (await read(...chunks)).text;

describe('the text of a journal', () => {
  it('passes entries on with their further lines, empty ones too', async () => {
    const text = `${entry('a')}    more of a\n\n${entry('b')}`;
    expect(await textOf(text, entry('c'))).toBe(text + entry('c'));
  });

  it('12.16 shows notes about boots and the beginning, and not that there is nothing', async () => {
    expect(await textOf('-- No entries --\n')).toBe('');
    const chunks = [
      '\n-- Logs begin at Mon 2026-11-23 10:00:00 UTC, end at Tue. --\n',
      `-- Boot 1 --\n${entry('a')}`,
      '-- Reboot --\n',
      `${entry('b')}-- Boot 3 --\n`,
    ];
    expect(await textOf(...chunks)).toBe(chunks.join('').slice(1));
  });

  it('keeps lines that only look like notes', async () => {
    const text = `${entry('a')}-- not one of them\n`;
    expect(await textOf(text, '-- nor this\n')).toBe(`${text}-- nor this\n`);
  });

  it('12.16 keeps what the kubelet says out of the lines, at the start, after entries and across chunks', async () => {
    const refusal =
      'options present and query resolved to log files for [nosuchthing]\ntry without specifying options\n';
    const both = refusal.trimEnd().split('\n');
    expect(await read('Failed to open the journal\n')).toEqual({ text: '', words: ['Failed to open the journal'] });
    expect(await read(`\n${refusal}`)).toEqual({ text: '', words: both });
    expect(await read(`${entry('a')}\n${refusal}`)).toEqual({ text: entry('a'), words: both });
    expect(await read(entry('a'), '\n', refusal)).toEqual({ text: entry('a'), words: both });
    expect(await textOf(entry('a'), 'Failed to say more\n')).toBe(`${entry('a')}Failed to say more\n`);
    expect(await textOf(entry('an error occurred'))).toBe(entry('an error occurred'));
  });

  it('ends the last line', async () => {
    expect(await textOf(entry('a').trimEnd())).toBe(entry('a'));
  });
});
