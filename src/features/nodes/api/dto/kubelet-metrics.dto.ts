import { defineEnum } from '../../../../platform/api/define-enum.js';
import { Field } from '../../../../platform/api/field.decorator.js';
import { OutputType, QueryShape } from '../../../../platform/api/shape.decorator.js';
import type { KubeletMetricsPage } from '../../../../platform/kubernetes/kubelet/kubelet-endpoint.js';

export const METRICS_PAGES = ['kubelet', 'cadvisor', 'resource', 'probes'] as const satisfies KubeletMetricsPage[];
const KubeletMetricsPageEnum = defineEnum(
  'KubeletMetricsPage',
  {
    kubelet: 'Of the kubelet itself.',
    cadvisor: 'Of containers, by cAdvisor.',
    resource: 'CPU and memory of node, pods and containers.',
    probes: 'Results of probes.',
  } satisfies Record<KubeletMetricsPage, string>,
  'Metrics pages of a kubelet.',
);

@QueryShape()
export class KubeletMetricsArgs {
  @Field({ minLength: 1, maxLength: 253, description: 'Cluster.' }) cluster!: string;
  @Field({ minLength: 1, maxLength: 253, description: 'Node.' }) node!: string;
  @Field({ enum: KubeletMetricsPageEnum, default: 'kubelet', description: 'Page.' }) page!: KubeletMetricsPage;
  @Field({
    type: 'string',
    list: true,
    nullable: true,
    minItems: 1,
    maxItems: 50,
    maxLength: 200,
    description: 'Names of samples, such as kubelet_running_pods; all if left out.',
  })
  names?: string[];
  @Field({ type: 'int', min: 1, max: 10_000, default: 1000, description: 'At most so many samples.' }) limit!: number;
}

@OutputType('MetricSample', 'One sample of a metrics page.')
export class MetricSampleDto {
  @Field({ description: 'Name.' }) name!: string;
  @Field({ type: 'stringMap', description: 'Labels.' }) labels!: Record<string, string>;
  @Field({ type: 'number', nullable: true, description: 'Value; null if it is no finite number.' })
  value!: number | null;
}

@OutputType('KubeletMetrics', 'Samples of a metrics page, in its order.')
export class KubeletMetricsDto {
  @Field({ type: () => MetricSampleDto, list: true, description: 'Samples.' }) samples!: MetricSampleDto[];
  @Field({ description: 'There are more than asked for.' }) truncated!: boolean;
}
