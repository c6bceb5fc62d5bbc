import { Field } from '../../../platform/api/field.decorator.js';
import { InputShape } from '../../../platform/api/shape.decorator.js';
import { CordonNodeInput, NodeActionDto } from '../engine/operation-inputs.dto.js';
import { RESTART_RANGES } from './restart-options.js';
import { REVERT_AFTER_RANGE, VERBOSITY_RANGE } from './verbosity-options.js';

const range = ([min, max]: readonly [number, number]) => ({ min, max });

@InputShape('RestartKubeletOptions', 'How long a restart of a kubelet may take, and what counts as being back.')
export class RestartKubeletOptionsDto {
  @Field({
    type: 'int',
    ...range(RESTART_RANGES.timeoutSeconds),
    nullable: true,
    description: 'Wall-clock limit of the operation; what the other two need and a minute, if left out.',
  })
  timeoutSeconds?: number;

  @Field({
    type: 'int',
    ...range(RESTART_RANGES.recoverySeconds),
    nullable: true,
    description: 'How long the node agent may take to start, and then the kubelet to be back.',
  })
  recoverySeconds?: number;

  @Field({
    type: 'int',
    ...range(RESTART_RANGES.stableSeconds),
    nullable: true,
    description: 'For how long the node must be Ready without a change.',
  })
  stableSeconds?: number;
}

@InputShape('VerbosityOptions', 'Log level of a kubelet, for a time.')
export class VerbosityOptionsDto {
  @Field({ type: 'int', ...VERBOSITY_RANGE, description: 'klog verbosity: 2 is usual, 4 debug, 6 and more traces.' })
  level!: number;

  @Field({
    type: 'int',
    ...REVERT_AFTER_RANGE,
    nullable: true,
    description: 'When the level is set back; 900 if left out.',
  })
  revertAfterSeconds?: number;

  @Field({
    type: 'int',
    ...VERBOSITY_RANGE,
    nullable: true,
    description: 'Level to go back to; if left out the one of an earlier revert, else of its configuration, else 2.',
  })
  revertTo?: number;
}

@InputShape('RestartKubeletRequest', 'A restart of the kubelet of one node.')
export class RestartKubeletRequestDto extends NodeActionDto {
  @Field({ type: () => RestartKubeletOptionsDto, nullable: true, description: 'How to restart.' })
  options?: RestartKubeletOptionsDto;
}

@InputShape('RestartKubeletInput')
export class RestartKubeletInput extends CordonNodeInput {
  @Field({ type: () => RestartKubeletOptionsDto, nullable: true, description: 'How to restart.' })
  options?: RestartKubeletOptionsDto;
}

@InputShape('SetVerbosityRequest', 'Another log level for the kubelet of one node.')
export class SetVerbosityRequestDto extends NodeActionDto {
  @Field({ type: () => VerbosityOptionsDto, description: 'Which level, and for how long.' })
  options!: VerbosityOptionsDto;
}

@InputShape('SetVerbosityInput')
export class SetVerbosityInput extends CordonNodeInput {
  @Field({ type: () => VerbosityOptionsDto, description: 'Which level, and for how long.' })
  options!: VerbosityOptionsDto;
}
