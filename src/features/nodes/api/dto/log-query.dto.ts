import { Field, type FieldOptions } from '../../../../platform/api/field.decorator.js';
import { QueryShape } from '../../../../platform/api/shape.decorator.js';

const limitBytes: FieldOptions = {
  type: 'int',
  min: 1,
  max: 1_073_741_824,
  default: 268_435_456,
  description: 'The log ends before the line that would go over this.',
};
const limitSeconds: FieldOptions = {
  type: 'int',
  min: 1,
  max: 86_400,
  default: 3600,
  description: 'A follow ends after this time.',
};
const after: FieldOptions = {
  nullable: true,
  maxLength: 64,
  description: 'Id of the last line that the caller has; Last-Event-ID does the same.',
};
const follow: FieldOptions = { type: 'boolean', default: false, description: 'Go on with new lines.' };

@QueryShape()
export class NodeLogsQuery {
  @Field({
    type: 'string',
    list: true,
    minItems: 1,
    maxItems: 4,
    maxLength: 256,
    pattern: /^[A-Za-z0-9_@][A-Za-z0-9\-_.:@]*$/,
    nullable: true,
    description:
      "Up to four services; the node's kubelet if absent, which k3s, RKE2, k0s, MicroK8s and MicroShift run in another unit.",
  })
  service?: string[];
  @Field({
    nullable: true,
    minLength: 1,
    maxLength: 256,
    pattern: /^[A-Za-z0-9_][A-Za-z0-9\-_.]*(\/[A-Za-z0-9_][A-Za-z0-9\-_.]*)*$/,
    description: 'A file under /var/log instead of services: cloud-init.log.',
  })
  file?: string;
  @Field({ type: 'dateTime', nullable: true, description: 'Lines from this time on.' }) since?: Date;
  @Field({ type: 'dateTime', nullable: true, description: 'Lines up to this time.' }) until?: Date;
  @Field({ type: 'int', min: 0, max: 100_000, nullable: true, description: 'The last lines only; 1000 without since.' })
  tail?: number;
  @Field({
    nullable: true,
    minLength: 1,
    maxLength: 256,
    pattern: /^[^\r\n\0]*$/,
    description: 'Regular expression that lines must match.',
  })
  pattern?: string;
  @Field({ type: 'int', min: -100, max: 0, nullable: true, description: '0 is the running boot, -1 the one before.' })
  boot?: number;
  @Field(follow) follow!: boolean;
  @Field(limitBytes) limitBytes!: number;
  @Field(limitSeconds) limitSeconds!: number;
  @Field(after) after?: string;
}

@QueryShape()
export class PodLogsQuery {
  @Field({ nullable: true, maxLength: 253, description: 'The default or first container if absent.' })
  container?: string;
  @Field({ type: 'boolean', default: false, description: 'The run before the last restart.' }) previous!: boolean;
  @Field({ type: 'int', min: 0, max: 1_000_000, nullable: true, description: 'The last lines only.' }) tail?: number;
  @Field({ type: 'dateTime', nullable: true, description: 'Lines from this time on.' }) since?: Date;
  @Field({ type: 'int', min: 1, nullable: true, description: 'Lines of the last seconds; since goes first.' })
  sinceSeconds?: number;
  @Field({ type: 'boolean', default: false, description: 'Begin each line with its time.' }) timestamps!: boolean;
  @Field(follow) follow!: boolean;
  @Field(limitBytes) limitBytes!: number;
  @Field(limitSeconds) limitSeconds!: number;
  @Field(after) after?: string;
}
