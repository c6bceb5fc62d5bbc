import { Injectable } from '@nestjs/common';
import { TypeormUnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import type { ChangeContent } from '../application/change-record.js';
import { ChangeContentRepository } from '../application/ports/change-content-repository.port.js';
import type { JsonObject } from '../domain/json/json-value.js';

@Injectable()
export class PostgresChangeContentRepository extends ChangeContentRepository {
  constructor(private readonly unitOfWork: TypeormUnitOfWork) {
    super();
  }

  override async insert(id: string, content: ChangeContent): Promise<void> {
    await this.manager.query(
      `INSERT INTO kubelet_config_changes (id, targets, notices, drain_first, wanted_approval_expiry)
       VALUES ($1, $2, $3, $4, $5)`,
      [id, ...columnsOf(content)],
    );
  }

  override async find(ids: readonly string[]): Promise<ReadonlyMap<string, ChangeContent>> {
    if (ids.length === 0) return new Map();
    const rows: (ChangeContent & { id: string })[] = await this.manager.query(
      `SELECT id, targets, notices, drain_first AS "drainFirst", wanted_approval_expiry AS "wantedApprovalExpiry"
       FROM kubelet_config_changes WHERE id = ANY($1)`,
      [ids],
    );
    return new Map(rows.map(({ id, ...content }) => [id, content]));
  }

  override async save(id: string, content: ChangeContent): Promise<void> {
    await this.manager.query(
      `UPDATE kubelet_config_changes SET targets = $2, notices = $3, drain_first = $4, wanted_approval_expiry = $5
       WHERE id = $1`,
      [id, ...columnsOf(content)],
    );
  }

  override async saveBaselines(id: string, live: ReadonlyMap<string, JsonObject>): Promise<void> {
    await this.manager.query('DELETE FROM kubelet_config_change_baselines WHERE change_id = $1', [id]);
    const rows = [...live].map(([node, document]) => ({ node, live: document }));
    await this.manager.query(
      `INSERT INTO kubelet_config_change_baselines (change_id, node, live)
       SELECT $1, r.node, r.live FROM jsonb_to_recordset($2::jsonb) AS r (node text, live jsonb)`,
      [id, JSON.stringify(rows)],
    );
  }

  override async baselines(id: string): Promise<Map<string, JsonObject>> {
    const rows: { node: string; live: JsonObject }[] = await this.manager.query(
      'SELECT node, live FROM kubelet_config_change_baselines WHERE change_id = $1',
      [id],
    );
    return new Map(rows.map(({ node, live }) => [node, live]));
  }

  private get manager() {
    return this.unitOfWork.manager;
  }
}

const columnsOf = ({ targets, notices, drainFirst, wantedApprovalExpiry }: ChangeContent): unknown[] => [
  JSON.stringify(targets),
  JSON.stringify(notices),
  drainFirst,
  wantedApprovalExpiry,
];
