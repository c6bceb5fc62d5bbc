import { DataSource } from 'typeorm';
import { expect, test } from 'vitest';
import { KubeletConfigChanges1763938800000 } from '../../../migrations/20261123230000-kubelet-config-changes.js';
import { OneApprovalsStore1764126000000 } from '../../../migrations/20261126030000-one-approvals-store.js';
import { runMigrations } from '../../../src/platform/postgres/run-migrations.js';
import { testDatabase } from '../../support/postgres.js';

test('the tables go and come back', async () => {
  const { url } = await testDatabase();
  await runMigrations(url);
  const source = new DataSource({ type: 'postgres', url });
  await source.initialize();
  const runner = source.createQueryRunner();
  await new OneApprovalsStore1764126000000().down(runner);
  const migration = new KubeletConfigChanges1763938800000();
  await migration.down(runner);
  expect((await runner.query(`SELECT to_regclass('kubelet_config_changes') AS table`))[0].table).toBeNull();
  await migration.up(runner);
  expect(await runner.query('SELECT version FROM approval_policies')).toEqual([{ version: 1 }]);
  await source.destroy();
});
