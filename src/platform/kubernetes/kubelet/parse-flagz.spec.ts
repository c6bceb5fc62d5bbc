import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseFlagz } from './parse-flagz.js';

interface Recorded {
  name: string;
  response: { body: string | { flags: Record<string, string> } };
}

const recorded = JSON.parse(readFileSync('test/data/recorded/real-kubelet-1.36.json', 'utf8')) as Recorded[];
const structured = recorded.find(({ name }) => name === 'flagz-structured')?.response.body as {
  flags: Record<string, string>;
};
const head =
  '\nkubelet flagz\nWarning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees and is for debugging purposes only.\n';

describe('12.22 the flags of a kubelet', () => {
  it('are read from the structured form', () => {
    expect(parseFlagz(JSON.stringify(structured))).toEqual(structured.flags);
  });

  it.each([':', ': ', '=', ' = ', ' ', '\t', ' | ', ';', '=>', '  '])(
    'are read from text with %j between',
    (delimiter) => {
      const lines = Object.entries(structured.flags).map(([name, value]) => `${name}${delimiter}${value}`);
      expect(parseFlagz(`${head}${lines.join('\n')}\n`)).toEqual(structured.flags);
      expect(parseFlagz(`${head}\n${lines.map((line) => line.trimEnd()).join('\n')}\n`)).toEqual(structured.flags);
      expect(parseFlagz(lines.join('\n'))).toEqual(structured.flags);
    },
  );

  it.each(['', head, '{}', '{"kind":"Flagz","flags":{}}', '{', '<html></html>', 'ok'])(
    'are unknown where none are read: %j',
    (text) => {
      expect(parseFlagz(text)).toBeNull();
    },
  );
});
