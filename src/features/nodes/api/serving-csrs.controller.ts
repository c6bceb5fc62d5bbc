import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { ApiProblems } from '../../../platform/rest/api-problems.decorator.js';
import { ServingCertificatesService } from '../application/certificates/serving-certificates.service.js';
import { ApproveCsrDto, DenyCsrDto, ServingCsrDto, ServingCsrsDto, servingCsrDto } from './dto/serving-csr.dto.js';

@ApiTags('Certificates')
@Controller('clusters/:cluster/kubelet-serving-csrs')
export class ServingCsrsController {
  constructor(private readonly certificates: ServingCertificatesService) {}

  @Get()
  @ApiOperation({ operationId: 'listServingCsrs', summary: 'Serving certificates that kubelets ask for, with checks' })
  @ApiOkResponse({ type: ServingCsrsDto })
  async list(@CurrentCaller() caller: Caller, @Param('cluster') cluster: string): Promise<ServingCsrsDto> {
    return { items: (await this.certificates.list(caller, cluster)).map((view) => servingCsrDto(cluster, view)) };
  }

  @Post(':name/approve')
  @HttpCode(200)
  @ApiProblems('CSR_UNSAFE', 'CONFLICT')
  @ApiOperation({ operationId: 'approveServingCsr', summary: 'Approve a request that passes all checks' })
  @ApiOkResponse({ type: ServingCsrDto })
  async approve(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('name') name: string,
    @Body() body: ApproveCsrDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ): Promise<ServingCsrDto> {
    return servingCsrDto(cluster, await this.certificates.approve(caller, cluster, name, { ...body, idempotencyKey }));
  }

  @Post(':name/deny')
  @HttpCode(200)
  @ApiProblems('CONFLICT')
  @ApiOperation({ operationId: 'denyServingCsr', summary: 'Deny a request' })
  @ApiOkResponse({ type: ServingCsrDto })
  async deny(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('name') name: string,
    @Body() body: DenyCsrDto,
    @IdempotencyKey() idempotencyKey: string | undefined,
  ): Promise<ServingCsrDto> {
    return servingCsrDto(cluster, await this.certificates.deny(caller, cluster, name, { ...body, idempotencyKey }));
  }
}
