import { Args, Query, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { ReadKubeletService } from '../application/kubelet/read-kubelet.service.js';
import {
  KubeletConfigDto,
  KubeletFlagsDto,
  KubeletHealthDto,
  KubeletStatsDto,
  kubeletStatsDto,
} from './dto/kubelet.dto.js';
import { KubeletMetricsArgs, KubeletMetricsDto } from './dto/kubelet-metrics.dto.js';

@Resolver()
export class KubeletResolver {
  constructor(private readonly kubelets: ReadKubeletService) {}

  @Query(() => KubeletHealthDto, { name: 'kubeletHealth', description: 'Health of a kubelet.' })
  async health(
    @CurrentCaller() caller: Caller,
    @Args('cluster') cluster: string,
    @Args('node') node: string,
  ): Promise<KubeletHealthDto> {
    const health = await this.kubelets.health(caller, cluster, node);
    return { ...health, checks: [...health.checks] };
  }

  @Query(() => KubeletConfigDto, { name: 'kubeletConfig', description: 'Effective configuration of a kubelet.' })
  async config(
    @CurrentCaller() caller: Caller,
    @Args('cluster') cluster: string,
    @Args('node') node: string,
  ): Promise<KubeletConfigDto> {
    return { node, config: await this.kubelets.config(caller, cluster, node) };
  }

  @Query(() => KubeletFlagsDto, { name: 'kubeletFlags', description: 'Flags of a kubelet.' })
  async flags(
    @CurrentCaller() caller: Caller,
    @Args('cluster') cluster: string,
    @Args('node') node: string,
  ): Promise<KubeletFlagsDto> {
    return { node, flags: await this.kubelets.flags(caller, cluster, node) };
  }

  @Query(() => KubeletStatsDto, { name: 'kubeletStats', description: 'Stats summary and figures of a kubelet.' })
  async stats(
    @CurrentCaller() caller: Caller,
    @Args('cluster') cluster: string,
    @Args('node') node: string,
  ): Promise<KubeletStatsDto> {
    return kubeletStatsDto(await this.kubelets.stats(caller, cluster, node));
  }

  @Query(() => KubeletMetricsDto, { name: 'kubeletMetrics', description: 'Parsed samples of a metrics page.' })
  async metrics(@CurrentCaller() caller: Caller, @Args() args: KubeletMetricsArgs): Promise<KubeletMetricsDto> {
    const { cluster, node, ...query } = args;
    const { samples, truncated } = await this.kubelets.samples(caller, cluster, node, query);
    const finite = (value: number) => (Number.isFinite(value) ? value : null);
    return { samples: samples.map((sample) => ({ ...sample, value: finite(sample.value) })), truncated };
  }
}
