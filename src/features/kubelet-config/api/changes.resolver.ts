import { Args, ID, Int, Mutation, Query, Resolver, Subscription } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { type ConnectionOf, PageQuery, toConnection } from '../../../platform/api/page.dto.js';
import { endWithReader } from '../../../platform/graphql/end-with-reader.js';
import { RequestFeed, requestEventDto } from '../../approvals/index.js';
import { ApproveChange } from '../application/approve-change.service.js';
import { DraftChange } from '../application/draft-change.service.js';
import { EditChange } from '../application/edit-change.service.js';
import { ReadChanges } from '../application/read-changes.service.js';
import { changeDiffDto, changeDto, changeFilter } from './change.mapper.js';
import {
  KubeletConfigChangeDto,
  KubeletConfigChangeEventDto,
  KubeletConfigChangePages,
  KubeletConfigChangesQuery,
} from './dto/change.dto.js';
import {
  KubeletConfigChangeDiffDto,
  KubeletConfigChangePayload,
  KubeletConfigChangePlanDto,
} from './dto/change-diff.dto.js';
import {
  CreateKubeletConfigChangeInput,
  EditKubeletConfigChangeInput,
  KubeletConfigChangeStepInput,
  ReviewBreakGlassInput,
  ReviewKubeletConfigChangeInput,
} from './dto/change-inputs.dto.js';

const ID_ARGUMENT = { type: () => ID };

@Resolver(() => KubeletConfigChangeDto)
export class ChangesResolver {
  constructor(
    private readonly read: ReadChanges,
    private readonly drafts: DraftChange,
    private readonly editor: EditChange,
    private readonly approver: ApproveChange,
    private readonly feed: RequestFeed,
  ) {}

  @Query(() => KubeletConfigChangePages.Connection, { description: 'Change requests, newest first.' })
  async kubeletConfigChanges(
    @CurrentCaller() caller: Caller,
    @Args() query: KubeletConfigChangesQuery,
  ): Promise<ConnectionOf<KubeletConfigChangeDto>> {
    return toConnection(await this.read.list(caller, changeFilter(query, caller), query), changeDto);
  }

  @Query(() => KubeletConfigChangePages.Connection, { description: 'Changes that wait for a review by the caller.' })
  async reviewsRequested(
    @CurrentCaller() caller: Caller,
    @Args() page: PageQuery,
  ): Promise<ConnectionOf<KubeletConfigChangeDto>> {
    return toConnection(await this.read.reviewsRequested(caller, page), changeDto);
  }

  @Query(() => KubeletConfigChangeDto, { description: 'One change request.' })
  async kubeletConfigChange(@CurrentCaller() caller: Caller, @Args('id', ID_ARGUMENT) id: string) {
    return changeDto(await this.read.get(caller, id));
  }

  @Query(() => KubeletConfigChangeDiffDto, { description: 'What a change would do, and at what risk.' })
  async kubeletConfigChangeDiff(@CurrentCaller() caller: Caller, @Args('id', ID_ARGUMENT) id: string) {
    return changeDiffDto(await this.read.explain(caller, id));
  }

  @Query(() => KubeletConfigChangePlanDto, { description: 'An approved change as files and commands.' })
  async kubeletConfigChangePlan(@CurrentCaller() caller: Caller, @Args('id', ID_ARGUMENT) id: string) {
    return this.read.plan(caller, id);
  }

  @Query(() => [KubeletConfigChangeEventDto], { description: 'Everything that happened to a change.' })
  async kubeletConfigChangeHistory(@CurrentCaller() caller: Caller, @Args('id', ID_ARGUMENT) id: string) {
    return (await this.read.history(caller, id)).map(requestEventDto);
  }

  @Mutation(() => KubeletConfigChangePayload, { description: 'Drafts a change request.' })
  async createKubeletConfigChange(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, ...input }: CreateKubeletConfigChangeInput,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ) {
    return { kubeletConfigChange: changeDto(await this.drafts.create(caller, input, idempotencyKey)) };
  }

  @Mutation(() => KubeletConfigChangePayload, { description: 'Edits; approvals are void if the content changes.' })
  async editKubeletConfigChange(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, version, ...edit }: EditKubeletConfigChangeInput,
  ) {
    return { kubeletConfigChange: changeDto(await this.editor.edit(caller, id, edit, version)) };
  }

  @Mutation(() => KubeletConfigChangePayload, { description: 'Asks for approval; everything is validated first.' })
  async submitKubeletConfigChange(
    @CurrentCaller() caller: Caller,
    @Args('input') { id }: KubeletConfigChangeStepInput,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ) {
    return { kubeletConfigChange: changeDto(await this.editor.submit(caller, id, idempotencyKey)) };
  }

  @Mutation(() => KubeletConfigChangePayload, { description: 'Approves, rejects or comments.' })
  async reviewKubeletConfigChange(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, id, ...input }: ReviewKubeletConfigChangeInput,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ) {
    return { kubeletConfigChange: changeDto(await this.approver.review(caller, id, input, idempotencyKey)) };
  }

  @Mutation(() => KubeletConfigChangePayload, { description: 'The review that is due after a break-glass.' })
  async reviewKubeletConfigChangeBreakGlass(
    @CurrentCaller() caller: Caller,
    @Args('input') { id, ...input }: ReviewBreakGlassInput,
  ) {
    return { kubeletConfigChange: changeDto(await this.approver.reviewBreakGlass(caller, id, input)) };
  }

  @Subscription(() => KubeletConfigChangeEventDto, {
    description: 'Events of a change after the given one, until it can not move any more.',
    resolve: (event: unknown) => event,
  })
  async kubeletConfigChangeEvents(
    @CurrentCaller() caller: Caller,
    @Args('id', ID_ARGUMENT) id: string,
    @Args('after', { type: () => Int, nullable: true, description: 'Resume after this event; all if left out.' })
    after: number | null,
  ): Promise<AsyncIterableIterator<KubeletConfigChangeEventDto>> {
    await this.read.get(caller, id);
    return endWithReader((signal) => this.feed.events(id, after ?? 0, signal), requestEventDto);
  }
}
