import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';

const SUFFIXES = new Set(
  (
    'module controller resolver dto service port adapter repository entity machine processor mapper spec ' +
    // Nest's own words for what it calls by these names.
    'decorator guard pipe interceptor scalar'
  ).split(' '),
);
const files = execFileSync(
  'git',
  ['ls-files', '--cached', '--others', '--exclude-standard', 'src', 'packages', 'test', 'migrations'],
  {
    encoding: 'utf8',
  },
)
  .split('\n')
  .filter((file) => file.endsWith('.ts') && !file.includes('known-bad'));
const lines = (file: string) => readFileSync(file, 'utf8').split('\n').length - 1;

describe('layout', () => {
  it('sees the source tree', () => {
    expect(files.length).toBeGreaterThan(100);
  });

  it('keeps files within 300 lines, specs within 500', () => {
    const long = files.filter((file) => lines(file) > (file.endsWith('.spec.ts') ? 500 : 300));
    expect(long.map((file) => `${file}: ${lines(file)}`)).toEqual([]);
  });

  it('names files in kebab-case with a known suffix', () => {
    const odd = files.filter((file) => {
      const [stem = '', ...suffixes] = basename(file, '.ts').split('.');
      return !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem) || suffixes.some((suffix) => !SUFFIXES.has(suffix));
    });
    expect(odd).toEqual([]);
  });

  it('has no grab-bag names and no interface prefixes', () => {
    const grabBags = files.filter((file) => /\/(utils?|helpers?|common|misc|shared)(\/|\.ts$)/.test(file));
    const prefixed = files.filter((file) =>
      /^export (?:interface I[A-Z][a-z]|class \w+Impl\b)/m.test(readFileSync(file, 'utf8')),
    );
    expect([...grabBags, ...prefixed]).toEqual([]);
  });

  it('10.2 takes no time from the clock of the machine, but where the list says why', () => {
    const allowed = new Map([
      ['src/platform/postgres/database-clock.ts', 'compares it with the time of the database'],
      ['src/platform/rest/list-forms.interceptor.ts', 'is shown, as an age'],
    ]);
    const taken = files.filter(
      (file) =>
        /^src\/(features|platform)\//.test(file) &&
        !file.endsWith('.spec.ts') &&
        /Date\.now\(\)|new Date\(\)/.test(readFileSync(file, 'utf8')),
    );
    expect(taken.sort()).toEqual([...allowed.keys()].sort());
  });

  it('reads the environment in one place', () => {
    const readers = files.filter(
      (file) =>
        /^src\/(features|platform|kernel)\//.test(file) &&
        !file.endsWith('.spec.ts') &&
        /process\.env\b/.test(readFileSync(file, 'utf8')),
    );
    expect(readers).toEqual([]);
  });
});
