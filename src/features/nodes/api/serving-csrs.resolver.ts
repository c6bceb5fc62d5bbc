import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { ServingCertificatesService } from '../application/certificates/serving-certificates.service.js';
import {
  ApproveServingCsrInput,
  DenyServingCsrInput,
  ServingCsrDto,
  ServingCsrPayload,
  servingCsrDto,
} from './dto/serving-csr.dto.js';

@Resolver()
export class ServingCsrsResolver {
  constructor(private readonly certificates: ServingCertificatesService) {}

  @Query(() => [ServingCsrDto], {
    description: 'Serving certificates that kubelets ask for, newest first, with checks.',
  })
  async kubeletServingCsrs(
    @CurrentCaller() caller: Caller,
    @Args('cluster') cluster: string,
  ): Promise<ServingCsrDto[]> {
    return (await this.certificates.list(caller, cluster)).map((view) => servingCsrDto(cluster, view));
  }

  @Mutation(() => ServingCsrPayload, { description: 'Approves a certificate request that passes all checks.' })
  async approveServingCsr(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, cluster, name, ...decision }: ApproveServingCsrInput,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ) {
    const decided = await this.certificates.approve(caller, cluster, name, { ...decision, idempotencyKey });
    return { servingCsr: servingCsrDto(cluster, decided) };
  }

  @Mutation(() => ServingCsrPayload, { description: 'Denies a certificate request.' })
  async denyServingCsr(
    @CurrentCaller() caller: Caller,
    @Args('input') { clientMutationId: _, cluster, name, ...decision }: DenyServingCsrInput,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ) {
    const decided = await this.certificates.deny(caller, cluster, name, { ...decision, idempotencyKey });
    return { servingCsr: servingCsrDto(cluster, decided) };
  }
}
