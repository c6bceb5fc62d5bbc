import { Field } from '../../../../platform/api/field.decorator.js';
import { InputShape, OutputType } from '../../../../platform/api/shape.decorator.js';
import { MutationPayload } from '../../../../platform/graphql/user-error.dto.js';
import { IssuedApiTokenDto, RotateApiTokenDto } from './api-token.dto.js';

@OutputType('IssueApiTokenPayload')
export class IssueApiTokenPayload extends MutationPayload {
  @Field({ type: () => IssuedApiTokenDto, nullable: true, description: 'The token, with its text.' })
  apiToken!: IssuedApiTokenDto | null;
}

@OutputType('RevokeApiTokenPayload')
export class RevokeApiTokenPayload extends MutationPayload {
  @Field({ type: 'id', nullable: true, description: 'Id of the revoked token.' }) revokedId!: string | null;
}

@InputShape('RotateApiTokenById')
export class RotateApiTokenInput extends RotateApiTokenDto {
  @Field({ type: 'id', maxLength: 64, description: 'Token.' }) id!: string;
}

@InputShape('RevokeApiToken')
export class RevokeApiTokenInput {
  @Field({ type: 'id', maxLength: 64, description: 'Token.' }) id!: string;
}
