import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../support/project-root.js';
import { runCommand } from '../support/run-command.js';

const folder = mkdtempSync(join(tmpdir(), 'steward-bench-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('bench reads', () => {
  it('measures every comparison on a small cluster', async () => {
    const file = join(folder, 'reads.json');
    const size = ['--nodes', '60', '--pods', '600', '--repetitions', '1', '--seconds', '1', '--log-lines', '2000'];
    const script = join(projectRoot, 'dist/test/bench/main.js');
    const { code, stdout, stderr } = await runCommand(process.execPath, [script, 'reads', ...size, '--json', file]);
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const { results } = JSON.parse(readFileSync(file, 'utf8')) as { results: { unit: string; ours: number }[] };
    const units = ['ms', 's', 'MB', 'ms', 'ms', 'requests/s', 'MB', 'MB/s', 'MB/s'];
    expect(results.map(({ unit }) => unit)).toEqual(units);
    for (const { ours } of results) expect(ours).toBeGreaterThan(0);
    expect(stdout).toContain('60 nodes, 600 pods');
  });

  it('refuses a size that is no number', async () => {
    const script = join(projectRoot, 'dist/test/bench/main.js');
    const { code, stderr } = await runCommand(process.execPath, [script, 'reads', '--nodes', 'many']);
    expect(code).toBe(1);
    expect(stderr).toContain('--nodes must be a whole number from 1');
  });
});
