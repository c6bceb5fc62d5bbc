import { Body, Controller, Get, Headers, HttpCode, Post, Put, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { ApiProblems } from '../../../platform/rest/api-problems.decorator.js';
import { GovernApprovals } from '../application/govern-approvals.service.js';
import type { FreezeWindow } from '../domain/freeze-window.js';
import {
  ApprovalPolicyDto,
  ApprovalPreviewDto,
  FreezeWindowsDto,
  NewApprovalPolicyDto,
  NewApprovalPreviewDto,
  NewFreezeWindowsDto,
} from './dto/governance.dto.js';
import { freezeWindowsDto, policyDto, subjectOf } from './governance.mapper.js';
import { etagOf, versionOf } from './if-match.js';

const IF_MATCH = { name: 'If-Match', required: true, description: 'The ETag that was read.' };

@ApiTags('Approvals')
@Controller()
export class GovernanceController {
  constructor(private readonly governance: GovernApprovals) {}

  @Get('approval-policies')
  @ApiProblems('NOT_FOUND')
  @ApiOperation({ operationId: 'getApprovalPolicy', summary: 'The approval policy in force, or an older version' })
  @ApiQuery({ name: 'version', required: false, description: 'An older version.' })
  @ApiOkResponse({ type: ApprovalPolicyDto })
  async policy(
    @CurrentCaller() caller: Caller,
    @Query('version') version: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ApprovalPolicyDto> {
    const wanted = version === undefined ? undefined : /^\d{1,9}$/.test(version) ? Number(version) : 0;
    const stored = await this.governance.policy(caller, wanted);
    reply.header('etag', etagOf(stored.policy.version));
    return policyDto(stored);
  }

  @Put('approval-policies')
  @ApiOperation({ operationId: 'replaceApprovalPolicy', summary: 'Replace the policy; open changes ask again' })
  @ApiHeader(IF_MATCH)
  @ApiOkResponse({ type: ApprovalPolicyDto })
  async replacePolicy(
    @CurrentCaller() caller: Caller,
    @Body() body: NewApprovalPolicyDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ApprovalPolicyDto> {
    const stored = await this.governance.replacePolicy(caller, body, versionOf(ifMatch));
    reply.header('etag', etagOf(stored.policy.version));
    return policyDto(stored);
  }

  @Post('approval-policies/preview')
  @HttpCode(200)
  @ApiOperation({ operationId: 'previewApproval', summary: 'Who would have to approve this?' })
  @ApiOkResponse({ type: ApprovalPreviewDto })
  async preview(@CurrentCaller() caller: Caller, @Body() body: NewApprovalPreviewDto): Promise<ApprovalPreviewDto> {
    return this.governance.preview(caller, subjectOf(body), body.policy);
  }

  @Get('freeze-windows')
  @ApiOperation({ operationId: 'getFreezeWindows', summary: 'Times in which nothing is started' })
  @ApiOkResponse({ type: FreezeWindowsDto })
  async freezeWindows(
    @CurrentCaller() caller: Caller,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FreezeWindowsDto> {
    const set = await this.governance.freezeWindows(caller);
    reply.header('etag', etagOf(set.version));
    return freezeWindowsDto(set);
  }

  @Put('freeze-windows')
  @ApiOperation({ operationId: 'replaceFreezeWindows', summary: 'Replace all freeze windows' })
  @ApiHeader(IF_MATCH)
  @ApiOkResponse({ type: FreezeWindowsDto })
  async replaceFreezeWindows(
    @CurrentCaller() caller: Caller,
    @Body() body: NewFreezeWindowsDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<FreezeWindowsDto> {
    const windows = body.windows as unknown as FreezeWindow[];
    const set = await this.governance.replaceFreezeWindows(caller, windows, versionOf(ifMatch));
    reply.header('etag', etagOf(set.version));
    return freezeWindowsDto(set);
  }
}
