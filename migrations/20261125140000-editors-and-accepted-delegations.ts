import type { MigrationInterface, QueryRunner } from 'typeorm';

export class EditorsAndAcceptedDelegations1764079200000 implements MigrationInterface {
  readonly name = 'EditorsAndAcceptedDelegations1764079200000';

  async up(runner: QueryRunner): Promise<void> {
    // Everyone who has changed the content, from the history: a name and an identity are all that exclusion looks at.
    await runner.query(`
      UPDATE kubelet_config_changes AS change
      SET approval = change.approval || jsonb_build_object('editors', made.editors)
      FROM (
        SELECT change_id, jsonb_agg(editor ORDER BY seq) AS editors
        FROM (
          SELECT DISTINCT ON (change_id, data -> 'by' ->> 'actorId', data -> 'by' ->> 'person')
            change_id, seq, jsonb_build_object(
              'actorId', data -> 'by' ->> 'actorId',
              'type', CASE WHEN data -> 'by' ->> 'actorId' = data -> 'by' ->> 'person' THEN 'person' ELSE 'bot' END,
              'displayName', coalesce(data -> 'by' ->> 'displayName', ''),
              'groups', '[]'::jsonb,
              'onBehalfOf', data -> 'by' ->> 'person') AS editor
          FROM kubelet_config_change_events
          WHERE type = 'EDITED' AND (data -> 'detail' ->> 'contentChanged') = 'true' AND data -> 'by' ->> 'actorId' IS NOT NULL
          ORDER BY change_id, data -> 'by' ->> 'actorId', data -> 'by' ->> 'person', seq) AS edits
        GROUP BY change_id) AS made
      WHERE made.change_id = change.id`);
    await runner.query('ALTER TABLE delegations ADD COLUMN accepted_at timestamptz');
    // Those of before go on to count: an upgrade must not let anybody review what they could not review yesterday.
    await runner.query('UPDATE delegations SET accepted_at = created_at');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE delegations DROP COLUMN accepted_at');
    await runner.query(`UPDATE kubelet_config_changes SET approval = approval - 'editors' WHERE approval ? 'editors'`);
  }
}
