import { Args, ID, Int, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { Caller } from '../../kernel/actor.js';
import { Clock } from '../../kernel/clock.js';
import { CurrentCaller } from '../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../platform/api/idempotency-key.decorator.js';
import { type ConnectionOf, toConnection } from '../../platform/api/page.dto.js';
import { endWithReader } from '../../platform/graphql/end-with-reader.js';
import { ControlMaintenanceRun, type RunControl } from './control-maintenance-run.service.js';
import {
  MaintenanceRunDto,
  MaintenanceRunEventDto,
  MaintenanceRunPages,
  MaintenanceRunQuery,
} from './maintenance-run.dto.js';
import {
  maintenanceRunDto,
  maintenanceRunEventDto,
  maintenanceRunFilter,
  specInputOf,
} from './maintenance-run-dto.mapper.js';
import {
  CancelMaintenanceRunInput,
  MaintenanceRunPayload,
  PauseMaintenanceRunInput,
  ReleaseMaintenanceRunNodeInput,
  ResumeMaintenanceRunInput,
  StartMaintenanceRunInput,
} from './maintenance-run-inputs.dto.js';
import { ReadMaintenanceRuns } from './read-maintenance-runs.service.js';
import { StartMaintenanceRun } from './start-maintenance-run.service.js';

@Resolver(() => MaintenanceRunDto)
export class MaintenanceRunsResolver {
  constructor(
    private readonly starter: StartMaintenanceRun,
    private readonly controls: ControlMaintenanceRun,
    private readonly read: ReadMaintenanceRuns,
    private readonly clock: Clock,
  ) {}

  @Query(() => MaintenanceRunPages.Connection, { description: 'Maintenance runs, newest first.' })
  async maintenanceRuns(
    @CurrentCaller() caller: Caller,
    @Args() query: MaintenanceRunQuery,
  ): Promise<ConnectionOf<MaintenanceRunDto>> {
    const now = this.clock.now();
    const page = await this.read.list(caller, maintenanceRunFilter(query, caller), query);
    return toConnection(page, (record) => maintenanceRunDto(record, now));
  }

  @Query(() => MaintenanceRunDto, { description: 'One maintenance run.' })
  async maintenanceRun(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID }) id: string,
  ): Promise<MaintenanceRunDto> {
    return maintenanceRunDto(await this.read.get(caller, id), this.clock.now());
  }

  @Mutation(() => MaintenanceRunPayload, { description: 'Works on many nodes, a few at a time.' })
  async startMaintenanceRun(
    @CurrentCaller() caller: Caller,
    @Args('input') input: StartMaintenanceRunInput,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ) {
    const { cluster, reason, ticket } = input;
    const request = { cluster, reason, ticket, spec: specInputOf(input), idempotencyKey };
    return { maintenanceRun: maintenanceRunDto(await this.starter.start(caller, request), this.clock.now()) };
  }

  @Mutation(() => MaintenanceRunPayload, { description: 'Begins no further node.' })
  pauseMaintenanceRun(
    @CurrentCaller() caller: Caller,
    @Args('input') input: PauseMaintenanceRunInput,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.control(caller, input, { kind: 'pause' }, key);
  }

  @Mutation(() => MaintenanceRunPayload, { description: 'Goes on; also opens the gate after the canary nodes.' })
  resumeMaintenanceRun(
    @CurrentCaller() caller: Caller,
    @Args('input') input: ResumeMaintenanceRunInput,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.control(caller, input, { kind: 'resume' }, key);
  }

  @Mutation(() => MaintenanceRunPayload, { description: 'Stops, and takes own cordons back.' })
  cancelMaintenanceRun(
    @CurrentCaller() caller: Caller,
    @Args('input') input: CancelMaintenanceRunInput,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.control(caller, input, { kind: 'cancel', undo: input.undo }, key);
  }

  @Mutation(() => MaintenanceRunPayload, { description: 'Gives a held node back to work.' })
  releaseMaintenanceRunNode(
    @CurrentCaller() caller: Caller,
    @Args('input') input: ReleaseMaintenanceRunNodeInput,
    @IdempotencyKey() key: string | undefined,
  ) {
    return this.control(caller, input, { kind: 'release', node: input.node }, key);
  }

  @Subscription(() => MaintenanceRunEventDto, {
    description: 'Events of a run after the given one, until it has ended.',
    resolve: (event: unknown) => event,
  })
  async maintenanceRunEvents(
    @CurrentCaller() caller: Caller,
    @Args('id', { type: () => ID }) id: string,
    @Args('after', { type: () => Int, nullable: true, description: 'Resume after this event; all if left out.' })
    after: number | null,
  ): Promise<AsyncIterableIterator<MaintenanceRunEventDto>> {
    await this.read.get(caller, id);
    return endWithReader((signal) => this.read.events(id, after ?? 0, signal), maintenanceRunEventDto);
  }

  private async control(
    caller: Caller,
    { id, reason }: PauseMaintenanceRunInput,
    control: RunControl,
    idempotencyKey: string | undefined,
  ) {
    const record = await this.controls.control(caller, { id, control, reason, idempotencyKey });
    return { maintenanceRun: maintenanceRunDto(record, this.clock.now()) };
  }
}
