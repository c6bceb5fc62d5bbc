import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { type ListOf, PageQuery, toList } from '../../../platform/api/page.dto.js';
import { CheckAccess } from '../application/check-access.service.js';
import { CreateStreamUrl } from '../application/create-stream-url.service.js';
import { ManageApiTokens } from '../application/manage-api-tokens.service.js';
import { AccessCheckDto, AccessDecisionDto, actionOf, resourceOf } from './dto/access-check.dto.js';
import {
  ApiTokenDto,
  ApiTokenPages,
  apiTokenDto,
  IssuedApiTokenDto,
  NewApiTokenDto,
  RotateApiTokenDto,
} from './dto/api-token.dto.js';
import { MeDto, meDto } from './dto/me.dto.js';
import { NewStreamUrlDto, StreamUrlDto } from './dto/stream-url.dto.js';

@ApiTags('Access')
@Controller()
export class AccessController {
  constructor(
    private readonly tokens: ManageApiTokens,
    private readonly checks: CheckAccess,
    private readonly streams: CreateStreamUrl,
  ) {}

  @Get('me')
  @ApiOperation({ operationId: 'getMe', summary: 'Who the caller is' })
  @ApiOkResponse({ type: MeDto })
  me(@CurrentCaller() caller: Caller): MeDto {
    return meDto(caller);
  }

  @Post('access-checks')
  @HttpCode(200)
  @ApiOperation({ operationId: 'checkAccess', summary: 'Explain a decision without doing the thing' })
  @ApiOkResponse({ type: AccessDecisionDto })
  check(@CurrentCaller() caller: Caller, @Body() body: AccessCheckDto): AccessDecisionDto {
    return this.checks.check(caller, actionOf(body.action), resourceOf(body.resource));
  }

  @Post('stream-urls')
  @ApiOperation({ operationId: 'createStreamUrl', summary: 'An address of a stream for what can send no header' })
  @ApiCreatedResponse({ type: StreamUrlDto })
  streamUrl(@CurrentCaller() caller: Caller, @Body() body: NewStreamUrlDto): StreamUrlDto {
    return this.streams.create(caller, body.path, body.expiresInSeconds);
  }

  @Get('api-tokens')
  @ApiOperation({ operationId: 'listApiTokens', summary: 'List API tokens' })
  @ApiOkResponse({ type: ApiTokenPages.List })
  async list(@CurrentCaller() caller: Caller, @Query() page: PageQuery): Promise<ListOf<ApiTokenDto>> {
    return toList(await this.tokens.list(caller, page), apiTokenDto);
  }

  @Post('api-tokens')
  @ApiOperation({ operationId: 'createApiToken', summary: 'Create an API token; its text is told this once' })
  @ApiCreatedResponse({ type: IssuedApiTokenDto })
  async create(@CurrentCaller() caller: Caller, @Body() body: NewApiTokenDto): Promise<IssuedApiTokenDto> {
    const { token, text } = await this.tokens.create(caller, body);
    return { ...apiTokenDto(token), token: text };
  }

  @Post('api-tokens/:id/rotations')
  @ApiOperation({
    operationId: 'rotateApiToken',
    summary: 'Give a token a new secret; the old one works on for a while',
  })
  @ApiCreatedResponse({ type: IssuedApiTokenDto })
  async rotate(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body() body: RotateApiTokenDto,
  ): Promise<IssuedApiTokenDto> {
    const { token, text } = await this.tokens.rotate(caller, id, body.overlapSeconds);
    return { ...apiTokenDto(token), token: text };
  }

  @Delete('api-tokens/:id')
  @HttpCode(204)
  @ApiOperation({ operationId: 'revokeApiToken', summary: 'Revoke an API token, at once and for good' })
  @ApiNoContentResponse()
  revoke(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    return this.tokens.revoke(caller, id);
  }
}
