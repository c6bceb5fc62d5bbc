import { DataSource, type QueryRunner } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EditorsAndAcceptedDelegations1764079200000 } from '../../../migrations/20261125140000-editors-and-accepted-delegations.js';
import { OneApprovalsStore1764126000000 } from '../../../migrations/20261126030000-one-approvals-store.js';
import { runMigrations } from '../../../src/platform/postgres/run-migrations.js';
import { testDatabase } from '../../support/postgres.js';

const CHANGE = '01920000-0000-7000-8000-000000000001';
const migration = new EditorsAndAcceptedDelegations1764079200000();
const later = new OneApprovalsStore1764126000000();

describe('approvals of before', () => {
  let source: DataSource;
  let runner: QueryRunner;

  beforeAll(async () => {
    const { url } = await testDatabase();
    await runMigrations(url);
    source = await new DataSource({ type: 'postgres', url }).initialize();
    runner = source.createQueryRunner();
    await later.down(runner);
    await migration.down(runner);
  });
  afterAll(async () => {
    await runner?.release();
    await source?.destroy();
  });

  const approval = async () =>
    (await runner.query('SELECT approval FROM kubelet_config_changes WHERE id = $1', [CHANGE]))[0].approval;

  it('10.19 know everyone who has changed the content, and their delegations still count', async () => {
    await runner.query(
      `INSERT INTO kubelet_config_changes (id, status, cluster, spec, reason, author, approval, created_at, updated_at)
       VALUES ($1, 'PENDING', 'demo', '{}', 'old', 'ann', '{"status": "PENDING"}', now(), now())`,
      [CHANGE],
    );
    const by = (actorId: string, person = actorId) => ({ actorId, person, displayName: actorId });
    const events = [
      ['EDITED', { by: by('bob'), detail: { contentChanged: true } }],
      ['EDITED', { by: by('bot', 'carol'), detail: { contentChanged: true } }],
      ['EDITED', { by: by('dave'), detail: { contentChanged: false } }],
      ['EDITED', { by: by('bob'), detail: { contentChanged: true } }],
      ['REVIEWED', { by: by('erin'), detail: {} }],
    ];
    for (const [index, [type, data]] of events.entries()) {
      await runner.query(
        'INSERT INTO kubelet_config_change_events (change_id, seq, type, data, at) VALUES ($1, $2, $3, $4, now())',
        [CHANGE, index + 1, type, JSON.stringify(data)],
      );
    }
    await runner.query(
      `INSERT INTO delegations (id, person, delegate, until, reason, created_by, created_at)
       VALUES ($1, 'ann', 'erin', now() + interval '1 day', 'away', 'ann', now())`,
      [CHANGE],
    );
    await migration.up(runner);
    const { editors } = await approval();
    expect(editors).toMatchObject([
      { actorId: 'bob', type: 'person', onBehalfOf: 'bob' },
      { actorId: 'bot', type: 'bot', onBehalfOf: 'carol' },
    ]);
    expect(await runner.query('SELECT accepted_at = created_at AS accepted FROM delegations')).toEqual([
      { accepted: true },
    ]);
    await migration.down(runner);
    expect(await approval()).toEqual({ status: 'PENDING' });
    await migration.up(runner);

    await later.up(runner);
    const [request] = await runner.query(
      `SELECT id, kind, subject_id, status, targets, approval -> 'editors' AS editors, last_seq FROM approval_requests`,
    );
    const kept = { kind: 'KUBELET_CONFIG_CHANGE', subject_id: CHANGE, status: 'PENDING', targets: [], last_seq: 0 };
    expect(request).toEqual({ id: CHANGE, ...kept, editors });
    expect(await runner.query('SELECT seq, type FROM approval_request_events ORDER BY seq')).toEqual(
      events.map(([type], index) => ({ seq: index + 1, type })),
    );
  });
});
