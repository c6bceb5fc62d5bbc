import { defineEnum } from '../../../../platform/api/define-enum.js';
import { Field } from '../../../../platform/api/field.decorator.js';
import { OutputType } from '../../../../platform/api/shape.decorator.js';

const STATUSES = ['PASS', 'FAIL', 'NOT_EVALUABLE', 'INFO'] as const;
const PostureStatus = defineEnum(
  'PostureStatus',
  {
    PASS: 'As it should be.',
    FAIL: 'Not as it should be.',
    NOT_EVALUABLE: 'Can not be told from here.',
    INFO: 'Worth knowing; no verdict.',
  } satisfies Record<(typeof STATUSES)[number], string>,
  'Verdict of a check.',
);

@OutputType('PostureFinding', 'One check of the kubelet configuration.')
export class PostureFindingDto {
  @Field({ graphqlName: 'checkId', description: 'Id in the CIS benchmark, or our own.', example: '4.2.1' }) id!: string;
  @Field({ description: 'What is checked.' }) title!: string;
  @Field({ enum: PostureStatus, description: 'Verdict.' }) status!: (typeof STATUSES)[number];
  @Field({ type: 'json', nullable: true, description: 'Value seen.' }) seen!: unknown;
  @Field({ description: 'Value wanted.' }) wanted!: string;
  @Field({ description: 'Why it matters.' }) why!: string;
  @Field({ type: 'json', nullable: true, description: 'Patch of a kubelet config change that would fix it.' })
  fix!: unknown;
}

@OutputType('StalePractice', 'A practice of old guides that was found in use.')
export class StalePracticeDto {
  @Field({ graphqlName: 'practiceId', description: 'Id.' }) id!: string;
  @Field({ description: 'What was seen.' }) seen!: string;
  @Field({ description: 'Why it is out of date and what to do.' }) why!: string;
}

@OutputType('NodePosture', 'How safely one kubelet is configured.')
export class NodePostureDto {
  @Field({ description: 'Node name.' }) node!: string;
  @Field({ type: () => PostureFindingDto, list: true, description: 'All checks, by id.' })
  findings!: PostureFindingDto[];
  @Field({ type: () => StalePracticeDto, list: true, description: 'Old practices.' })
  stalePractices!: StalePracticeDto[];
}

@OutputType('NodePostureSummary', 'The posture of a node in numbers.')
export class NodePostureSummaryDto {
  @Field({ description: 'Node name.' }) node!: string;
  @Field({ description: 'Pool of the node.' }) pool!: string;
  @Field({ type: 'string', list: true, description: 'Ids of failed checks.' }) failed!: string[];
  @Field({ type: 'int', description: 'Checks that pass.' }) passed!: number;
  @Field({ type: 'int', description: 'Checks that can not be made from outside.' }) notEvaluable!: number;
  @Field({ type: 'int', description: 'Old practices.' }) stalePractices!: number;
}

@OutputType('PoolPosture', 'The posture of a pool.')
export class PoolPostureDto {
  @Field({ description: 'Pool.' }) pool!: string;
  @Field({ type: 'int', description: 'Nodes in it.' }) nodes!: number;
  @Field({ type: 'int', description: 'Failures of all nodes.' }) failed!: number;
  @Field({ type: 'string', list: true, description: 'Ids of failed checks.' }) failedChecks!: string[];
}

@OutputType('FailingCheck', 'A check that some node fails.')
export class FailingCheckDto {
  @Field({ graphqlName: 'checkId', description: 'Id.' }) id!: string;
  @Field({ description: 'What is checked.' }) title!: string;
  @Field({ type: 'string', list: true, description: 'Nodes that fail it.' }) failingNodes!: string[];
}

@OutputType('FleetPosture', 'The posture of all nodes that the caller may see, worst first.')
export class FleetPostureDto {
  @Field({ type: () => NodePostureSummaryDto, list: true, description: 'Nodes.' }) nodes!: NodePostureSummaryDto[];
  @Field({ type: () => PoolPostureDto, list: true, description: 'Pools.' }) pools!: PoolPostureDto[];
  @Field({ type: () => FailingCheckDto, list: true, description: 'Failed checks.' }) checks!: FailingCheckDto[];
  @Field({ type: 'string', list: true, description: 'Nodes that could not be asked.' }) unreadableNodes!: string[];
}

@OutputType('ConfigDifference', 'A field in which a group differs from the largest one.')
export class ConfigDifferenceDto {
  @Field({ description: 'JSON pointer into KubeletConfiguration.' }) path!: string;
  @Field({ description: 'Field of KubeletConfiguration.' }) field!: string;
  @Field({ type: 'json', nullable: true, description: 'Value of the largest group.' }) before!: unknown;
  @Field({ type: 'json', nullable: true, description: 'Value of this group.' }) after!: unknown;
}

@OutputType('ConfigGroup', 'Nodes with the same kubelet configuration.')
export class ConfigGroupDto {
  @Field({ description: 'Hash of the configuration without what is specific to a node.' }) configHash!: string;
  @Field({ type: 'string', list: true, description: 'Nodes.' }) nodes!: string[];
  @Field({ description: 'Not the largest group.' }) outlier!: boolean;
  @Field({ type: () => ConfigDifferenceDto, list: true, description: 'Empty for the largest group.' })
  differences!: ConfigDifferenceDto[];
}

@OutputType('DifferingValue', 'A value and the nodes that have it.')
export class DifferingValueDto {
  @Field({ type: 'json', nullable: true, description: 'Value.' }) value!: unknown;
  @Field({ type: 'string', list: true, description: 'Nodes.' }) nodes!: string[];
}

@OutputType('DifferingField', 'A field that is not the same everywhere.')
export class DifferingFieldDto {
  @Field({ description: 'JSON pointer into KubeletConfiguration.' }) path!: string;
  @Field({ type: () => DifferingValueDto, list: true, description: 'Its values.' }) values!: DifferingValueDto[];
}

@OutputType('ConfigDrift', 'Groups of nodes by kubelet configuration, largest first.')
export class ConfigDriftDto {
  @Field({ type: () => ConfigGroupDto, list: true, description: 'Groups.' }) groups!: ConfigGroupDto[];
  @Field({ type: () => DifferingFieldDto, list: true, description: 'Fields that differ.' })
  differingFields!: DifferingFieldDto[];
  @Field({ type: 'string', list: true, description: 'Nodes that could not be asked.' }) unreadableNodes!: string[];
}
