import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shellWord } from './shell-word.js';

describe('10.22 a word for a shell', () => {
  it('is what it was, whatever it holds, and nothing else', () => {
    const text = fc.string({ unit: fc.constantFrom(...'a/.-\' "$`\\;&|<>(){}*?[]!~#\n\u202e\u001b') });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 20 }), (texts) => {
        const command = `printf '%s\\0' ${texts.map(shellWord).join(' ')}`;
        expect(execFileSync('/bin/sh', ['-c', command]).toString()).toBe(`${texts.join('\0')}\0`);
      }),
      { numRuns: 30 },
    );
  });

  it('is left as it is where no shell minds', () => {
    expect(shellWord('/etc/kubernetes/kubelet.conf.d')).toBe('/etc/kubernetes/kubelet.conf.d');
    expect(shellWord('')).toBe("''");
  });
});
