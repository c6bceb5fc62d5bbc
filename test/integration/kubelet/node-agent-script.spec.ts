import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RESTART_KUBELET_SCRIPT } from '../../../src/node-agent/restart-kubelet-script.js';

describe("the node agent's script, run by a real shell", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'steward-agent-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** A systemctl that knows one active unit and writes down what it was asked for. */
  const host = (active: string, restartCode = 0) =>
    writeFileSync(
      join(folder, 'systemctl'),
      `#!/bin/sh
echo "$*" >> ${folder}/calls
case "$1" in
  is-active) [ "$3" = "${active}.service" ] ;;
  restart) exit ${restartCode} ;;
  status) echo "$4 failed: exit-code" ;;
esac
`,
      { mode: 0o755 },
    );
  const run = (operation: string) => {
    const script = RESTART_KUBELET_SCRIPT.replaceAll('/run/node-steward', join(folder, 'run'));
    const env = { PATH: `${folder}:${process.env.PATH}` };
    return spawnSync('/bin/sh', ['-c', script, 'node-steward', operation], { env, encoding: 'utf8' });
  };
  const restarts = () =>
    readFileSync(join(folder, 'calls'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('restart'));

  it.each(['kubelet', 'k3s', 'k3s-agent', 'rke2-server', 'rke2-agent'])('finds and restarts %s', (unit) => {
    host(unit);
    expect(run('op-1')).toMatchObject({ status: 0, stdout: `${unit}.service restarted\n`, stderr: '' });
    expect(restarts()).toEqual([`restart ${unit}.service`]);
  });

  it('restarts once for an operation, however often it is started', () => {
    host('kubelet');
    run('op-1');
    expect(run('op-1')).toMatchObject({ status: 0, stdout: expect.stringContaining('already') });
    expect(restarts()).toHaveLength(1);
    run('op-2');
    expect(restarts()).toHaveLength(2);
  });

  it('says why it could not', () => {
    host('sshd');
    expect(run('op-1')).toMatchObject({ status: 3, stdout: expect.stringContaining('none of these units is active') });
    expect(restarts()).toEqual([]);
    host('kubelet', 1);
    expect(run('op-2')).toMatchObject({ status: 4, stdout: expect.stringContaining('failed: exit-code') });
  });
});
