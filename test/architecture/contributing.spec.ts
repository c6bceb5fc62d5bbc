import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('11.9 every file that CONTRIBUTING.md names exists', () => {
  const named = [...readFileSync('CONTRIBUTING.md', 'utf8').matchAll(/`((?:src|test|docs|migrations)\/[^`]+)`/g)];
  const paths = named.map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(20);
  expect(paths.filter((path) => !existsSync(path))).toEqual([]);
});
