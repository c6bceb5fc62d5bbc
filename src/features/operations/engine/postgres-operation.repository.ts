import { Injectable } from '@nestjs/common';
import { In } from 'typeorm';
import { DomainError } from '../../../kernel/domain-error.js';
import { isId } from '../../../kernel/ids.js';
import { ListCursors, type Page, type PageRequest } from '../../../kernel/page.js';
import { LeaseRows } from '../../../platform/lease/lease-rows.js';
import { PostgresEventLog } from '../../../platform/postgres/event-log.js';
import { crossed, newestFirst } from '../../../platform/postgres/newest-first.js';
import { PromptQueries } from '../../../platform/postgres/prompt-queries.js';
import { TypeormUnitOfWork } from '../../../platform/postgres/unit-of-work.js';
import { OPERATION_TYPES } from '../operation-definitions.js';
import { OperationEntity } from './operation.entity.js';
import { isTerminal, OPERATION_STATES, type OperationState } from './operation.js';
import type { NewOperationEvent, StoredOperationEvent } from './operation-event.js';
import { OPERATION_EVENTS_CHANNEL } from './operation-events-channel.js';
import { OperationPodEntity } from './operation-pod.entity.js';
import type { OperationPod } from './operation-pod.js';
import type { OperationRecord } from './operation-record.js';
import {
  type ActiveOperation,
  type LockedOperation,
  type OperationFilter,
  OperationRepository,
  type RunOperation,
} from './operation-repository.port.js';
import { changingColumns, operationOf, podColumns, podOf, rowOf } from './operation-row.mapper.js';

const ACTIVE_STATES = ['QUEUED', 'RUNNING', 'CANCELLING'] as const satisfies readonly OperationState[];
const ACTIVE = `(${ACTIVE_STATES.map((state) => `'${state}'`).join(', ')})`;
const CURSORS = new ListCursors('operations', ['id']);

@Injectable()
export class PostgresOperationRepository extends OperationRepository {
  override readonly log: PostgresEventLog<StoredOperationEvent, NewOperationEvent>;
  private readonly leases: LeaseRows<OperationState>;

  constructor(
    private readonly unitOfWork: TypeormUnitOfWork,
    prompt: PromptQueries,
  ) {
    super();
    this.leases = new LeaseRows('operations', ACTIVE_STATES, prompt, unitOfWork);
    this.log = new PostgresEventLog(unitOfWork, {
      events: 'operation_events',
      owner: 'operation_id',
      ownerName: 'operationId',
      columns: { type: 'text', message: 'text', data: 'jsonb' },
      things: 'operations',
      state: 'state',
      channel: OPERATION_EVENTS_CHANNEL,
      isOver: isTerminal,
    });
  }

  override async insert(operation: OperationRecord): Promise<void> {
    if (!(await this.tryInsert(operation))) {
      const [holder] = await this.activeOn(operation.cluster, [operation.nodeUid]);
      // The holder may have ended between the two statements.
      if (holder || !(await this.tryInsert(operation))) throw nodeTaken(operation, holder);
    }
  }

  override async findByRunKey(runKey: string): Promise<string | null> {
    const rows: { id: string }[] = await this.manager.query('SELECT id FROM operations WHERE run_key = $1', [runKey]);
    return rows[0]?.id ?? null;
  }

  override ofRun(runId: string, ids: readonly string[], keys: readonly string[]): Promise<RunOperation[]> {
    return this.manager.query(
      `SELECT id, run_key AS key, state, cordoned_by_us AS "cordonedByUs", failure FROM operations
       WHERE maintenance_run_id = $1 AND (id = ANY($2) OR run_key = ANY($3))`,
      [runId, ids, keys],
    );
  }

  override async find(id: string): Promise<OperationRecord | null> {
    if (!isId(id)) return null;
    const row = await this.manager.findOneBy(OperationEntity, { id });
    return row && operationOf(row);
  }

  override async lock(id: string): Promise<LockedOperation | null> {
    const { entities, raw } = await this.manager
      .createQueryBuilder(OperationEntity, 'operation')
      .addSelect('clock_timestamp()', 'database_now')
      .where('operation.id = :id', { id })
      .setLock('pessimistic_write')
      .getRawAndEntities<{ database_now: Date }>();
    const [row] = entities;
    return row && raw[0] ? { operation: operationOf(row), databaseNow: raw[0].database_now } : null;
  }

  override async save(operation: OperationRecord): Promise<void> {
    await this.manager.update(OperationEntity, { id: operation.id }, changingColumns(operation) as never);
  }

  override heartbeat(id: string, epoch: number): Promise<OperationState | null> {
    return this.leases.renew(id, epoch);
  }

  override release(id: string, epoch: number, quiet: boolean): Promise<void> {
    return this.leases.release(id, epoch, quiet);
  }

  override async list(filter: OperationFilter, page: PageRequest): Promise<Page<OperationRecord>> {
    const { text, parameters } = newestFirst({
      table: 'operations',
      columns: ['id'],
      order: ['id'],
      equal: {
        cluster: filter.cluster,
        node_name: filter.node,
        actor_id: filter.actor,
        maintenance_run_id: filter.maintenanceRunId,
        ticket: filter.ticket,
        external_correlation_id: filter.externalCorrelationId,
      },
      made: filter,
      anyOf: crossed(['state', filter.states, OPERATION_STATES], ['type', filter.types, OPERATION_TYPES]),
      after: CURSORS.after(page),
      limit: page.first + 1,
    });
    const ids: { id: string }[] = await this.manager.query(text, parameters);
    const rows = await this.manager.find(OperationEntity, {
      where: { id: In(ids.map(({ id }) => id)) },
      order: { id: 'DESC' },
    });
    return CURSORS.page(rows.map(operationOf), page.first, (operation) => [operation.id]);
  }

  override async pods(id: string): Promise<OperationPod[]> {
    return (await this.podsOf([id])).get(id) ?? [];
  }

  override async podsOf(ids: readonly string[]): Promise<ReadonlyMap<string, OperationPod[]>> {
    const where = { operationId: In([...ids]) };
    const rows = await this.manager.find(OperationPodEntity, { where, order: { position: 'ASC' } });
    const found = new Map<string, OperationPod[]>(ids.map((id) => [id, []]));
    for (const row of rows) found.get(row.operationId)?.push(podOf(row));
    return found;
  }

  /** One statement for any number of pods. */
  override async savePods(id: string, pods: readonly OperationPod[]): Promise<void> {
    if (pods.length === 0) return;
    const columns =
      'pod_uid text, namespace text, name text, position integer, tier integer, action text, notes jsonb, ' +
      'controller text, volumes jsonb, state text, status jsonb, intent_id uuid';
    await this.manager.query(
      `INSERT INTO operation_pods (operation_id, pod_uid, namespace, name, position, tier, action, notes, controller,
         volumes, state, status, intent_id)
       SELECT $1, r.* FROM jsonb_to_recordset($2::jsonb) AS r (${columns})
       ON CONFLICT (operation_id, pod_uid) DO UPDATE
         SET state = EXCLUDED.state, status = EXCLUDED.status, intent_id = EXCLUDED.intent_id`,
      [id, JSON.stringify(pods.map(podColumns))],
    );
  }

  override orphans(staleAfterMs: number): Promise<{ id: string; epoch: number }[]> {
    return this.leases.orphans(staleAfterMs);
  }

  override activeOn(cluster: string, nodeUids: readonly string[]): Promise<ActiveOperation[]> {
    return this.manager.query(
      `SELECT id, type, state, node_uid AS "nodeUid", maintenance_run_id AS "maintenanceRunId" FROM operations
       WHERE cluster = $1 AND node_uid = ANY($2) AND state IN ${ACTIVE}`,
      [cluster, nodeUids],
    );
  }

  /** False when the partial unique index holds the node for another operation. */
  private async tryInsert(operation: OperationRecord): Promise<boolean> {
    const insert = this.manager
      .createQueryBuilder()
      .insert()
      .into(OperationEntity)
      .values(rowOf(operation) as never);
    const { raw } = await insert.orIgnore().returning('id').execute();
    return (raw as unknown[]).length > 0;
  }

  private get manager() {
    return this.unitOfWork.manager;
  }
}

function nodeTaken(operation: OperationRecord, holder: ActiveOperation | undefined): DomainError {
  const who = holder ? `${holder.type} operation ${holder.id} is ${holder.state}` : 'another operation was quicker';
  return new DomainError('OPERATION_IN_PROGRESS', `Node "${operation.nodeName}" is taken: ${who}.`, {
    extensions: holder ? { operationId: holder.id, operationType: holder.type, operationState: holder.state } : {},
  });
}
