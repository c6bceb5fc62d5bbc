import { Field } from '../../../../platform/api/field.decorator.js';
import { InputShape, OutputType } from '../../../../platform/api/shape.decorator.js';
import { MutationPayload } from '../../../../platform/graphql/user-error.dto.js';

const STREAM_PATH = /^\/api\/v1\/(?:(?!\.\.?\/)[A-Za-z0-9._~-]+\/)+(?:events|logs)$/;

@InputShape('NewStreamUrl', 'A stream that is to be opened without a header.')
export class NewStreamUrlDto {
  @Field({
    maxLength: 1_024,
    pattern: STREAM_PATH,
    description: 'Path of the stream, of events or of logs.',
    example: '/api/v1/operations/0197f2a4-6f3c-7d2e-9b1a-5c8e4f0a7d31/events',
  })
  path!: string;

  @Field({
    type: 'int',
    min: 1,
    max: 3_600,
    default: 300,
    description: 'How long it can be opened, and how long what was opened lasts.',
  })
  expiresInSeconds!: number;
}

@OutputType('StreamUrl', 'An address that needs no header. Whoever has it can read the stream until it expires.')
export class StreamUrlDto {
  @Field({
    description: 'The address.',
    example:
      'https://steward.example.com/api/v1/operations/0197f2a4-6f3c-7d2e-9b1a-5c8e4f0a7d31/events?streamTicket=nst_…',
  })
  url!: string;
  @Field({ description: 'Until when.' }) expiresAt!: Date;
}

@OutputType('StreamUrlPayload')
export class StreamUrlPayload extends MutationPayload {
  @Field({ type: () => StreamUrlDto, nullable: true, description: 'The address.' }) streamUrl!: StreamUrlDto | null;
}
