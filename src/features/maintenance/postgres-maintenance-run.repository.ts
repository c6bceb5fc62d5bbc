import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { isId } from '../../kernel/ids.js';
import { ListCursors, type Page, type PageRequest } from '../../kernel/page.js';
import { LeaseRows } from '../../platform/lease/lease-rows.js';
import { PostgresEventLog } from '../../platform/postgres/event-log.js';
import { crossed, newestFirst } from '../../platform/postgres/newest-first.js';
import { PromptQueries } from '../../platform/postgres/prompt-queries.js';
import { TypeormUnitOfWork } from '../../platform/postgres/unit-of-work.js';
import { MAINTENANCE_ACTIONS, OPERATION_EVENTS_CHANNEL } from '../operations/model.js';
import type { NewMaintenanceEvent, StoredMaintenanceEvent } from './maintenance-event.js';
import { MaintenanceRunEntity } from './maintenance-run.entity.js';
import { isRunOver, RUN_STATES, type RunState } from './maintenance-run.js';
import type { MaintenanceRunRecord } from './maintenance-run-record.js';
import {
  type LockedRun,
  type MaintenanceRunFilter,
  MaintenanceRunRepository,
} from './maintenance-run-repository.port.js';
import { changingRunColumns, recordOf } from './maintenance-run-row.mapper.js';

const ACTIVE_STATES = ['RUNNING', 'PAUSED', 'CANCELLING'] as const satisfies readonly RunState[];
const ACTIVE = `(${ACTIVE_STATES.map((state) => `'${state}'`).join(', ')})`;
const CURSORS = new ListCursors('maintenance-runs', ['id']);

@Injectable()
export class PostgresMaintenanceRunRepository extends MaintenanceRunRepository {
  override readonly log: PostgresEventLog<StoredMaintenanceEvent, NewMaintenanceEvent>;
  private readonly leases: LeaseRows<RunState>;

  constructor(
    private readonly unitOfWork: TypeormUnitOfWork,
    prompt: PromptQueries,
  ) {
    super();
    this.leases = new LeaseRows('maintenance_runs', ACTIVE_STATES, prompt, unitOfWork);
    this.log = new PostgresEventLog(unitOfWork, {
      events: 'maintenance_run_events',
      owner: 'run_id',
      ownerName: 'runId',
      columns: { type: 'text', message: 'text', data: 'jsonb' },
      things: 'maintenance_runs',
      state: 'state',
      channel: OPERATION_EVENTS_CHANNEL,
      isOver: isRunOver,
    });
  }

  override async insert(record: MaintenanceRunRecord): Promise<void> {
    const { id, cluster, reason, ticket, caller, policyIds, intentId, createdAt } = record;
    await this.manager.insert(MaintenanceRunEntity, {
      id,
      cluster,
      reason,
      ticket,
      actorId: caller.actor.id,
      caller,
      policyIds: [...policyIds],
      intentId,
      createdAt,
      lastSeq: 0,
      ...changingRunColumns(record),
    } as never);
    await this.saveNodes({ ...record, run: { ...record.run, nodes: [] } }, record);
  }

  override async find(id: string): Promise<MaintenanceRunRecord | null> {
    if (!isId(id)) return null;
    const row = await this.manager.findOneBy(MaintenanceRunEntity, { id });
    return row && recordOf(row, await this.nodesOf(id));
  }

  override async lock(id: string): Promise<LockedRun | null> {
    const { entities, raw } = await this.manager
      .createQueryBuilder(MaintenanceRunEntity, 'run')
      .addSelect('clock_timestamp()', 'database_now')
      .where('run.id = :id', { id })
      .setLock('pessimistic_write')
      .getRawAndEntities<{ database_now: Date }>();
    const [row] = entities;
    if (!row || !raw[0]) return null;
    return { record: recordOf(row, await this.nodesOf(id)), databaseNow: raw[0].database_now };
  }

  override async save(next: MaintenanceRunRecord, { record }: LockedRun): Promise<void> {
    await this.manager.update(MaintenanceRunEntity, { id: next.id }, changingRunColumns(next) as never);
    await this.saveNodes(record, next);
  }

  override heartbeat(id: string, epoch: number): Promise<RunState | null> {
    return this.leases.renew(id, epoch);
  }

  override release(id: string, epoch: number, quiet: boolean): Promise<void> {
    return this.leases.release(id, epoch, quiet);
  }

  override async holds(id: string, epoch: number): Promise<boolean> {
    const rows: unknown[] = await this.manager.query(
      `SELECT 1 FROM maintenance_runs WHERE id = $1 AND epoch = $2 AND claimed_by IS NOT NULL AND state IN ${ACTIVE} FOR SHARE`,
      [id, epoch],
    );
    return rows.length > 0;
  }

  override async list(filter: MaintenanceRunFilter, page: PageRequest): Promise<Page<MaintenanceRunRecord>> {
    const { text, parameters } = newestFirst({
      table: 'maintenance_runs',
      columns: ['id'],
      order: ['id'],
      equal: {
        cluster: filter.cluster,
        actor_id: filter.actor,
        ticket: filter.ticket,
        external_correlation_id: filter.externalCorrelationId,
      },
      anyOf: crossed(['state', filter.states, RUN_STATES], ['action', filter.actions, MAINTENANCE_ACTIONS]),
      made: filter,
      listed: { table: 'maintenance_runs_by_node', column: 'node', value: filter.node },
      after: CURSORS.after(page),
      limit: page.first + 1,
    });
    const ids: { id: string }[] = await this.manager.query(text, parameters);
    const where = { id: In(ids.map(({ id }) => id)) };
    const rows = await this.manager.find(MaintenanceRunEntity, { where, order: { id: 'DESC' } });
    const nodes = await this.nodesByRun(rows.map(({ id }) => id));
    const records = rows.map((row) => recordOf(row, nodes.get(row.id) ?? []));
    return CURSORS.page(records, page.first, (record) => [record.id]);
  }

  override orphans(staleAfterMs: number): Promise<{ id: string; epoch: number }[]> {
    return this.leases.orphans(staleAfterMs);
  }

  private async nodesOf(id: string): Promise<Record<string, unknown>[]> {
    return (await this.nodesByRun([id])).get(id) ?? [];
  }

  private async nodesByRun(ids: readonly string[]): Promise<Map<string, Record<string, unknown>[]>> {
    const rows: { run_id: string; node: Record<string, unknown> }[] = await this.manager.query(
      'SELECT run_id, node FROM maintenance_run_nodes WHERE run_id = ANY($1) ORDER BY run_id, position',
      [ids],
    );
    const found = new Map<string, Record<string, unknown>[]>();
    for (const { run_id: id, node } of rows) {
      const known = found.get(id);
      if (known) known.push(node);
      else found.set(id, [node]);
    }
    return found;
  }

  /** Nodes are values: one that is the same object has not changed. */
  private async saveNodes(before: MaintenanceRunRecord, after: MaintenanceRunRecord): Promise<void> {
    const known = new Set(before.run.nodes);
    const changed = after.run.nodes
      .map((node, position) => ({ node_uid: node.uid, position, node }))
      .filter(({ node }) => !known.has(node));
    if (changed.length === 0) return;
    await this.manager.query(
      `INSERT INTO maintenance_run_nodes (run_id, node_uid, position, node)
       SELECT $1, r.* FROM jsonb_to_recordset($2::jsonb) AS r (node_uid text, position integer, node jsonb)
       ON CONFLICT (run_id, node_uid) DO UPDATE SET node = EXCLUDED.node`,
      [after.id, JSON.stringify(changed)],
    );
  }

  private get manager() {
    return this.unitOfWork.manager;
  }
}
