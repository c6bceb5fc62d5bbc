import { Field } from '../../../../platform/api/field.decorator.js';
import { OutputType } from '../../../../platform/api/shape.decorator.js';
import { MutationPayload } from '../../../../platform/graphql/user-error.dto.js';
import { KubeletConfigChangeDto } from './change.dto.js';

@OutputType('KubeletFieldChange', 'One member of the configuration that changes.')
export class KubeletFieldChangeDto {
  @Field({ description: 'JSON pointer into KubeletConfiguration.' }) path!: string;
  @Field({ description: 'Field.' }) field!: string;
  @Field({ type: 'json', nullable: true, description: 'Value before; null where absent.' }) before!: unknown;
  @Field({ type: 'json', nullable: true, description: 'Value after; null where absent.' }) after!: unknown;
  @Field({ description: 'low, medium, high or forbidden.' }) risk!: string;
  @Field({ description: 'Whether pods should leave first.' }) drainFirst!: boolean;
  @Field({ description: 'Why.' }) why!: string;
}

@OutputType('KubeletConfigChangeGroup', 'Nodes for which the change does the same.')
export class KubeletConfigChangeGroupDto {
  @Field({ type: 'string', list: true, description: 'Nodes.' }) nodes!: string[];
  @Field({ description: 'Kubernetes version.' }) kubernetesMinor!: string;
  @Field({ description: 'Platform.' }) platform!: string;
  @Field({ type: 'json', description: 'Effective configuration before.' }) before!: unknown;
  @Field({ type: 'json', description: 'Effective configuration after.' }) after!: unknown;
  @Field({ type: () => KubeletFieldChangeDto, list: true, description: 'What changes.' })
  changes!: KubeletFieldChangeDto[];
  @Field({ description: 'The same as diff -u shows it.' }) unifiedDiff!: string;
  @Field({ description: 'Highest risk.' }) risk!: string;
  @Field({ description: 'Whether nodes should be drained first.' }) drainFirst!: boolean;
  @Field({ description: 'The nodes run with the wanted values already.' }) compliant!: boolean;
  @Field({ type: 'json', description: 'Flags that keep the change from taking effect.' }) flagOverrides!: unknown;
  @Field({ type: 'json', description: 'Security findings that it fixes and opens.' }) posture!: unknown;
}

@OutputType('KubeletConfigChangeDiff', 'What a change would do.')
export class KubeletConfigChangeDiffDto {
  @Field({ type: 'id', description: 'Change.' }) id!: string;
  @Field({ description: 'What this belongs to.' }) contentHash!: string;
  @Field({ description: 'Highest risk.' }) risk!: string;
  @Field({ description: 'Whether nodes should be drained first.' }) drainFirst!: boolean;
  @Field({ type: 'json', description: 'Why it can not be submitted; empty if it can.' }) errors!: unknown;
  @Field({ type: 'json', description: 'Notices for reviewers.' }) notices!: unknown;
  @Field({ type: () => KubeletConfigChangeGroupDto, list: true, description: 'By configuration.' })
  groups!: KubeletConfigChangeGroupDto[];
  @Field({ type: 'string', list: true, description: 'Nodes that have it already.' }) compliantNodes!: string[];
  @Field({ type: 'string', list: true, description: 'Nodes whose flags win over it.' }) overriddenNodes!: string[];
  @Field({ description: 'All groups as text, for chat and tickets.' }) unifiedDiff!: string;
}

@OutputType('KubeletConfigChangePlan', 'A change as files and commands.')
export class KubeletConfigChangePlanDto {
  @Field({ type: 'json', description: 'Files and commands by group of nodes.' }) groups!: unknown;
  @Field({ type: 'json', nullable: true, description: 'How to keep kubeadm’s ConfigMap in step.' })
  kubeadmConfigMap!: unknown;
}

@OutputType('KubeletConfigChangePayload')
export class KubeletConfigChangePayload extends MutationPayload {
  @Field({ type: () => KubeletConfigChangeDto, nullable: true, description: 'The change.' })
  kubeletConfigChange!: KubeletConfigChangeDto | null;
}
