import { Args, Mutation, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { operationDto } from '../engine/operation-dto.mapper.js';
import { OperationPayload } from '../engine/operation-payloads.dto.js';
import { RestartKubeletInput, SetVerbosityInput } from './kubelet-operation-inputs.dto.js';
import { KubeletOperations } from './kubelet-operations.service.js';

@Resolver()
export class KubeletOperationsResolver {
  constructor(private readonly kubelets: KubeletOperations) {}

  @Mutation(() => OperationPayload, { description: 'Restarts the kubelet and proves that it is back.' })
  async restartKubelet(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, ...input }: RestartKubeletInput,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ) {
    return { operation: operationDto(await this.kubelets.restart(caller, { ...input, idempotencyKey })) };
  }

  @Mutation(() => OperationPayload, { description: "Sets the kubelet's log level for a time." })
  async setVerbosity(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, ...input }: SetVerbosityInput,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ) {
    return { operation: operationDto(await this.kubelets.setVerbosity(caller, { ...input, idempotencyKey })) };
  }
}
