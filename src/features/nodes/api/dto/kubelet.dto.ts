import { Field } from '../../../../platform/api/field.decorator.js';
import { OutputType } from '../../../../platform/api/shape.decorator.js';
import type { KubeletFigures } from '../../application/kubelet/kubelet-figures.js';

@OutputType('KubeletHealthCheck', 'One of the health checks of a kubelet.')
export class KubeletHealthCheckDto {
  @Field({ description: 'healthz, ping, log or syncloop.' }) name!: string;
  @Field({ description: 'Whether it passes.' }) healthy!: boolean;
}

@OutputType('KubeletError', 'Why a kubelet could not be asked.')
export class KubeletErrorDto {
  @Field({ description: 'Error code.' }) code!: string;
  @Field({ description: 'What happened and what to do.' }) message!: string;
}

@OutputType('KubeletHealth', 'What systemctl status tells on a node, seen from outside.')
export class KubeletHealthDto {
  @Field({ description: 'All checks pass and the node is Ready.' }) healthy!: boolean;
  @Field({ description: 'Status of the Ready condition: True, False or Unknown.' }) ready!: string;
  @Field({ type: 'dateTime', nullable: true, description: 'Since when.' }) readySince!: Date | null;
  @Field({ type: 'dateTime', nullable: true, description: 'Last heartbeat.' }) leaseRenewedAt!: Date | null;
  @Field({ type: 'int', nullable: true, description: 'Age of the last heartbeat.' }) leaseAgeSeconds!: number | null;
  @Field({ description: 'Version that the node reports.' }) kubeletVersion!: string;
  @Field({ type: () => KubeletHealthCheckDto, list: true, description: 'Empty if the kubelet could not be asked.' })
  checks!: KubeletHealthCheckDto[];
  @Field({ type: 'dateTime', nullable: true, description: 'Last start of the kubelet.' }) startedAt!: Date | null;
  @Field({ type: () => KubeletErrorDto, nullable: true, description: 'Why the kubelet could not be asked.' })
  error!: KubeletErrorDto | null;
}

@OutputType('KubeletConfig', 'The effective configuration of a kubelet.')
export class KubeletConfigDto {
  @Field({ description: 'Node name.' }) node!: string;
  @Field({ type: 'json', description: 'KubeletConfiguration; booleans that are false are left out.' }) config!: unknown;
}

@OutputType('KubeletFlags', 'The flags of a kubelet.')
export class KubeletFlagsDto {
  @Field({ description: 'Node name.' }) node!: string;
  @Field({ type: 'stringMap', description: 'All flags with their values.' }) flags!: Record<string, string>;
}

@OutputType('RuntimeOperation', 'How calls of the kubelet to its container runtime went, since its start.')
export class RuntimeOperationDto {
  @Field({ description: 'Operation type, such as pull_image.' }) operation!: string;
  @Field({ type: 'number', description: 'Calls.' }) calls!: number;
  @Field({ type: 'number', description: 'Calls that failed.' }) errors!: number;
  @Field({ type: 'number', nullable: true, description: 'Mean time of a call.' }) meanSeconds!: number | null;
  @Field({
    type: 'number',
    nullable: true,
    description: 'Estimated from the histogram; null without calls or beyond its last bucket.',
  })
  p99Seconds!: number | null;
}

const bytes = (description: string) => ({ type: 'number' as const, nullable: true, description });

@OutputType('KubeletFigures', 'Commonly asked figures; null where the kubelet does not publish one.')
export class KubeletFiguresDto {
  @Field({ type: 'number', nullable: true, description: 'CPU in use.' }) cpuCores!: number | null;
  @Field(bytes('Memory in use.')) memoryWorkingSetBytes!: number | null;
  @Field(bytes('Memory left.')) memoryAvailableBytes!: number | null;
  @Field(bytes('Root filesystem in use.')) filesystemUsedBytes!: number | null;
  @Field(bytes('Size of the root filesystem.')) filesystemCapacityBytes!: number | null;
  @Field(bytes('Image filesystem in use.')) imageFilesystemUsedBytes!: number | null;
  @Field({ type: 'int', nullable: true, description: 'Running pods.' }) podCount!: number | null;
  @Field({ type: 'int', nullable: true, description: 'Processes on the node.' }) processCount!: number | null;
  @Field({ type: 'dateTime', nullable: true, description: 'Last start.' }) kubeletStartedAt!: Date | null;
  @Field({ type: 'number', nullable: true, description: 'Mean time of a pod list.' }) plegRelistMeanSeconds!:
    | number
    | null;
  @Field({ type: 'number', nullable: true, description: 'Failed calls of the runtime.' }) runtimeErrors!: number | null;
  @Field({
    type: () => RuntimeOperationDto,
    list: true,
    description: 'Latency and errors of the runtime by operation.',
  })
  runtimeOperations!: RuntimeOperationDto[];
  @Field({ type: 'dateTime', nullable: true, description: 'End of the serving certificate.' })
  servingCertificateExpiresAt!: Date | null;
}

@OutputType('KubeletStats', 'The stats summary of a kubelet.')
export class KubeletStatsDto {
  @Field({ type: () => KubeletFiguresDto, description: 'Parsed figures.' }) figures!: KubeletFiguresDto;
  @Field({ type: 'json', description: 'The summary as the kubelet gives it.' }) summary!: unknown;
}

export function kubeletStatsDto({ figures, summary }: { figures: KubeletFigures; summary: unknown }): KubeletStatsDto {
  return { figures: { ...figures, runtimeOperations: [...figures.runtimeOperations] }, summary };
}

@OutputType('LogLine', 'A line of a log.')
export class LogLineDto {
  @Field({ graphqlName: 'cursor', description: 'Place in the log; resumes after it.' }) id!: string;
  @Field({ type: 'dateTime', nullable: true, description: 'When it was written.' }) at!: Date | null;
  @Field({ description: 'The line.' }) text!: string;
}
