import { defineEnum } from '../../../../platform/api/define-enum.js';
import { Field, type FieldOptions } from '../../../../platform/api/field.decorator.js';
import { OutputType, QueryShape } from '../../../../platform/api/shape.decorator.js';
import { LOG_ENDS, type LogEnd } from '../../application/logs/log-end.js';
import { LogLineDto } from './kubelet.dto.js';
import { NodeLogsQuery, PodLogsQuery } from './log-query.dto.js';

const LogEndEnum = defineEnum(
  'LogEnd',
  {
    COMPLETE: 'All of it was given.',
    LIMIT_BYTES: 'The limit of bytes was reached.',
    LIMIT_LINES: 'The limit of lines was reached.',
    LIMIT_SECONDS: 'The limit of time was reached.',
    CLIENT_LEFT: 'The reader went away.',
    CLIENT_STALLED: 'The reader took nothing for too long.',
    CREDENTIAL_EXPIRED: 'The credential no longer holds.',
    FAILED: 'The source broke off.',
  } satisfies Record<(typeof LOG_ENDS)[number], string>,
  'Why a log ended.',
);
const name = (description: string): FieldOptions => ({ minLength: 1, maxLength: 253, description });
const limitLines: FieldOptions = {
  type: 'int',
  min: 1,
  max: 10_000,
  default: 1000,
  description: 'A query ends after so many lines; a subscription does not count them.',
};

@QueryShape()
export class NodeLogArgs extends NodeLogsQuery {
  @Field(name('Cluster.')) cluster!: string;
  @Field(name('Node.')) node!: string;
  @Field(limitLines) limitLines!: number;
}

@QueryShape()
export class PodLogArgs extends PodLogsQuery {
  @Field(name('Cluster.')) cluster!: string;
  @Field(name('Namespace.')) namespace!: string;
  @Field(name('Pod.')) pod!: string;
  @Field(limitLines) limitLines!: number;
}

@OutputType('LogLines', 'Lines of a log.')
export class LogLinesDto {
  @Field({ type: () => LogLineDto, list: true, description: 'Lines, oldest first.' }) lines!: LogLineDto[];
  @Field({
    type: 'string',
    nullable: true,
    description: 'Pass it as after to go on behind these lines; null if there are none.',
  })
  endCursor!: string | null;
  @Field({
    type: 'string',
    list: true,
    description: 'What the kubelet said beside the lines: of services without a log.',
  })
  notices!: string[];
  @Field({ enum: LogEndEnum, nullable: true, description: 'Why it ended; null while a subscription goes on.' })
  endedBy!: LogEnd | null;
}
