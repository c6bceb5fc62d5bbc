import { Args, Mutation, Query, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { type ConnectionOf, PageQuery, toConnection } from '../../../platform/api/page.dto.js';
import { CheckAccess } from '../application/check-access.service.js';
import { CreateStreamUrl } from '../application/create-stream-url.service.js';
import { type IssuedApiToken, ManageApiTokens } from '../application/manage-api-tokens.service.js';
import { AccessCheckDto, AccessDecisionDto, actionOf, resourceOf } from './dto/access-check.dto.js';
import {
  IssueApiTokenPayload,
  RevokeApiTokenInput,
  RevokeApiTokenPayload,
  RotateApiTokenInput,
} from './dto/access-payloads.dto.js';
import { ApiTokenDto, ApiTokenPages, apiTokenDto, NewApiTokenDto } from './dto/api-token.dto.js';
import { MeDto, meDto } from './dto/me.dto.js';
import { NewStreamUrlDto, StreamUrlPayload } from './dto/stream-url.dto.js';

@Resolver()
export class AccessResolver {
  constructor(
    private readonly tokens: ManageApiTokens,
    private readonly checks: CheckAccess,
    private readonly streams: CreateStreamUrl,
  ) {}

  @Query(() => MeDto, { description: 'Who the caller is.' })
  me(@CurrentCaller() caller: Caller): MeDto {
    return meDto(caller);
  }

  @Query(() => AccessDecisionDto, { description: 'What would be decided, and why.' })
  accessCheck(@CurrentCaller() caller: Caller, @Args('input') input: AccessCheckDto): AccessDecisionDto {
    return this.checks.check(caller, actionOf(input.action), resourceOf(input.resource));
  }

  @Query(() => ApiTokenPages.Connection, { description: 'API tokens, newest first.' })
  async apiTokens(@CurrentCaller() caller: Caller, @Args() page: PageQuery): Promise<ConnectionOf<ApiTokenDto>> {
    return toConnection(await this.tokens.list(caller, page), apiTokenDto);
  }

  @Mutation(() => StreamUrlPayload, { description: 'Makes an address of a stream for what can send no header.' })
  createStreamUrl(@CurrentCaller() caller: Caller, @Args('input') { path, expiresInSeconds }: NewStreamUrlDto) {
    return { streamUrl: this.streams.create(caller, path, expiresInSeconds) };
  }

  @Mutation(() => IssueApiTokenPayload, { description: 'Creates an API token; its text is told this once.' })
  async createApiToken(@CurrentCaller() caller: Caller, @Args('input') input: NewApiTokenDto) {
    return { apiToken: issued(await this.tokens.create(caller, input)) };
  }

  @Mutation(() => IssueApiTokenPayload, { description: 'Gives a token a new secret.' })
  async rotateApiToken(@CurrentCaller() caller: Caller, @Args('input') input: RotateApiTokenInput) {
    return { apiToken: issued(await this.tokens.rotate(caller, input.id, input.overlapSeconds)) };
  }

  @Mutation(() => RevokeApiTokenPayload, { description: 'Revokes an API token, at once and for good.' })
  async revokeApiToken(@CurrentCaller() caller: Caller, @Args('input') input: RevokeApiTokenInput) {
    await this.tokens.revoke(caller, input.id);
    return { revokedId: input.id };
  }
}

function issued({ token, text }: IssuedApiToken) {
  return { ...apiTokenDto(token), token: text };
}
