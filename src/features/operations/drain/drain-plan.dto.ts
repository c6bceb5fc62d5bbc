import { defineEnum } from '../../../platform/api/define-enum.js';
import { Field } from '../../../platform/api/field.decorator.js';
import { OutputType } from '../../../platform/api/shape.decorator.js';
import { ApprovalRuleDemandDto } from '../../approvals/index.js';
import { PodActionEnum, PodDecisionNoteDto } from '../engine/operation-pod.dto.js';

const OutlookEnum = defineEnum(
  'EvictionOutlook',
  {
    AT_ONCE: 'Accepted if sent now.',
    WAITS: 'Accepted later, without help.',
    NEVER: 'Accepted only if something changes.',
  },
  'When the eviction of a pod would be accepted.',
);
const ReplacementEnum = defineEnum(
  'ReplacementState',
  {
    FITS: 'A node has room for it.',
    PENDING: 'It would wait for a node.',
    NONE: 'Nothing replaces the pod.',
    UNKNOWN: 'It can not be told.',
  },
  'What becomes of the replacement of a pod.',
);

@OutputType('UnblockAdvice', 'One thing that a person can do about a pod that does not go.')
export class UnblockAdviceDto {
  @Field({ description: 'Stable code.' }) kind!: string;
  @Field({ description: 'For people.' }) message!: string;
}

@OutputType('PredictedAnswer', 'What the API server would answer if all evictions were sent now, in order.')
export class PredictedAnswerDto {
  @Field({ type: 'int', description: 'HTTP status.' }) status!: number;
  @Field({ type: 'string', nullable: true, description: 'Message.' }) message!: string | null;
}

@OutputType('PodReplacement', 'Where the replacement would run. A report, never a promise.')
export class PodReplacementDto {
  @Field({ enum: ReplacementEnum, description: 'Whether it fits elsewhere.' }) state!: string;
  @Field({ type: 'string', nullable: true, description: 'Node, or why none takes it.' }) detail!: string | null;
}

@OutputType('PlannedPod', 'What a drain would do with one pod.')
export class PlannedPodDto {
  @Field({ description: 'uid.' }) uid!: string;
  @Field({ description: 'Namespace.' }) namespace!: string;
  @Field({ description: 'Name.' }) name!: string;
  @Field({ description: 'Node.' }) node!: string;
  @Field({ type: 'string', nullable: true, description: 'Kind/name of its controller.' }) controller!: string | null;
  @Field({ enum: PodActionEnum, description: 'Decision.' }) action!: string;
  @Field({ type: () => PodDecisionNoteDto, list: true, description: 'Why.' }) notes!: PodDecisionNoteDto[];
  @Field({ type: 'int', nullable: true, description: 'Place in the order, from 1; null if it stays.' })
  order!: number | null;
  @Field({ type: 'int', nullable: true, description: 'Tier.' }) tier!: number | null;
  @Field({ enum: OutlookEnum, nullable: true, description: 'When it can go; null if it stays.' }) outlook!:
    | string
    | null;
  @Field({ type: 'string', nullable: true, description: 'Rule that decides it.' }) outlookReason!: string | null;
  @Field({ type: 'string', list: true, description: 'Budgets that have a say.' }) budgets!: string[];
  @Field({ type: () => PredictedAnswerDto, nullable: true, description: 'Predicted answer.' })
  predictedAnswer!: PredictedAnswerDto | null;
  @Field({ type: 'int', nullable: true, description: 'Pods that must become healthy before its turn.' })
  healthyPodsMissing!: number | null;
  @Field({ type: () => UnblockAdviceDto, list: true, description: 'What would let it go.' })
  advice!: UnblockAdviceDto[];
  @Field({ type: () => PodReplacementDto, description: 'Its replacement.' }) replacement!: PodReplacementDto;
}

@OutputType('PlannedNode', 'The node that a plan is about.')
export class PlannedNodeDto {
  @Field({ description: 'Node.' }) name!: string;
  @Field({ description: 'uid.' }) uid!: string;
  @Field({ type: () => PlannedPodDto, list: true, description: 'Every pod on it.' }) pods!: PlannedPodDto[];
}

@OutputType('BudgetUse', 'What a drain asks of one disruption budget, over all nodes of the plan.')
export class BudgetUseDto {
  @Field({ description: 'Namespace/name.' }) budget!: string;
  @Field({ type: 'int', description: 'Healthy pods now.' }) healthy!: number;
  @Field({ type: 'int', description: 'Healthy pods it asks for.' }) desired!: number;
  @Field({ type: 'int', description: 'Pods it counts with.' }) expected!: number;
  @Field({ type: 'int', description: 'Disruptions it allows now.' }) allowed!: number;
  @Field({ type: 'int', description: 'Most disruptions at a time when all are healthy; 0 never lets a pod go.' })
  mostAtATime!: number;
  @Field({ type: 'string', list: true, description: 'Pods that go at once.' }) atOnce!: string[];
  @Field({ type: 'string', list: true, description: 'Pods that wait.' }) waiting!: string[];
  @Field({ type: 'string', list: true, description: 'Pods that can never go.' }) never!: string[];
  @Field({ type: 'int', description: 'Healthy pods fewer than it asks for, if it is passed over.' }) brokenBy!: number;
}

@OutputType('DrainPlanSummary', 'How many pods would go, stay and block.')
export class DrainPlanSummaryDto {
  @Field({ type: 'int', description: 'Pods.' }) total!: number;
  @Field({ type: 'int', description: 'To be removed.' }) remove!: number;
  @Field({ type: 'int', description: 'To be left alone.' }) keep!: number;
  @Field({ type: 'int', description: "That can't be handled with these options." }) blocked!: number;
  @Field({ type: 'int', description: 'That go at once.' }) atOnce!: number;
  @Field({ type: 'int', description: 'That wait for a budget.' }) wait!: number;
  @Field({ type: 'int', description: 'That can never go as things are.' }) never!: number;
  @Field({ type: 'int', description: 'Replacements that would stay Pending.' }) pendingReplacements!: number;
}

@OutputType('DurationEstimate', 'How long a drain is likely to take.')
export class DurationEstimateDto {
  @Field({ type: 'int', nullable: true, description: 'Likely seconds; null when a pod can never go.' })
  seconds!: number | null;
  @Field({ type: 'int', nullable: true, description: 'If every pod uses up its grace period.' })
  atMostSeconds!: number | null;
  @Field({ type: 'string', list: true, description: 'What the figures stand on.' }) basis!: string[];
}

@OutputType('DrainPlan', 'What a drain would do, decided before anything is changed.')
export class DrainPlanDto {
  @Field({ description: 'Cluster.' }) cluster!: string;
  @Field({ description: 'Made.' }) createdAt!: Date;
  @Field({ description: 'False if a pod is blocked: then nothing would be removed.' }) executable!: boolean;
  @Field({ type: 'json', description: 'Options with their defaults.' }) options!: Record<string, unknown>;
  @Field({ type: () => PlannedNodeDto, list: true, description: 'Nodes.' }) nodes!: PlannedNodeDto[];
  @Field({ type: () => BudgetUseDto, list: true, description: 'Budgets.' }) budgets!: BudgetUseDto[];
  @Field({ type: 'string', list: true, description: 'What should be known.' }) warnings!: string[];
  @Field({ type: () => DrainPlanSummaryDto, description: 'Counts.' }) summary!: DrainPlanSummaryDto;
  @Field({ type: () => DurationEstimateDto, description: 'How long it may take.' }) estimate!: DurationEstimateDto;
  @Field({ description: 'Stands for the substance of the plan; a drain can be bound to it.' }) planHash!: string;
  @Field({
    type: () => ApprovalRuleDemandDto,
    list: true,
    description: 'Rules that would ask for approval of drains of these nodes; empty: they would start at once.',
  })
  approval!: ApprovalRuleDemandDto[];
}
