import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { IdempotencyKey } from '../../../platform/api/idempotency-key.decorator.js';
import { ApiProblems } from '../../../platform/rest/api-problems.decorator.js';
import { ManageDelegations } from '../application/manage-delegations.service.js';
import { delegationDto } from './delegation.mapper.js';
import { DelegationDto, DelegationListDto, NewDelegationDto } from './dto/delegation.dto.js';

@ApiTags('Approvals')
@Controller('delegations')
export class DelegationsController {
  constructor(private readonly delegations: ManageDelegations) {}

  @Get()
  @ApiOperation({ operationId: 'listDelegations', summary: 'Who stands in for whom' })
  @ApiOkResponse({ type: DelegationListDto })
  async list(@CurrentCaller() caller: Caller): Promise<DelegationListDto> {
    return { items: (await this.delegations.list(caller)).map(delegationDto) };
  }

  @Post()
  @ApiProblems('CONFLICT')
  @ApiOperation({ operationId: 'createDelegation', summary: 'Name who stands in for you' })
  @ApiCreatedResponse({ type: DelegationDto })
  async create(
    @CurrentCaller() caller: Caller,
    @Body() body: NewDelegationDto,
    @IdempotencyKey() key: string | undefined,
  ): Promise<DelegationDto> {
    return delegationDto(await this.delegations.create(caller, body, key));
  }

  @Post(':id/accept')
  @HttpCode(200)
  @ApiOperation({ operationId: 'acceptDelegation', summary: 'Agree to stand in; from then on it counts' })
  @ApiOkResponse({ type: DelegationDto })
  async accept(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<DelegationDto> {
    return delegationDto(await this.delegations.accept(caller, id));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ operationId: 'endDelegation', summary: 'End a delegation' })
  @ApiNoContentResponse()
  end(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    return this.delegations.end(caller, id);
  }
}
