import { Controller, Get, Header, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import type { KubeletMetricsPage } from '../../../platform/kubernetes/kubelet/kubelet-endpoint.js';
import { ApiProblems } from '../../../platform/rest/api-problems.decorator.js';
import { ReadKubeletService } from '../application/kubelet/read-kubelet.service.js';
import {
  KubeletConfigDto,
  KubeletFlagsDto,
  KubeletHealthDto,
  KubeletStatsDto,
  kubeletStatsDto,
} from './dto/kubelet.dto.js';

const PAGES: readonly string[] = ['kubelet', 'cadvisor', 'resource', 'probes'] satisfies KubeletMetricsPage[];

@ApiTags('Kubelet')
@Controller('clusters/:cluster/nodes/:node')
export class KubeletController {
  constructor(private readonly kubelets: ReadKubeletService) {}

  @Get('health')
  @ApiProblems('KUBELET_UNAVAILABLE', 'KUBELET_FORBIDDEN', 'KUBELET_FEATURE_DISABLED', 'KUBELET_REFUSED')
  @ApiOperation({ operationId: 'getKubeletHealth', summary: 'Health of the kubelet, also when it does not answer' })
  @ApiOkResponse({ type: KubeletHealthDto })
  async health(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
  ): Promise<KubeletHealthDto> {
    const health = await this.kubelets.health(caller, cluster, node);
    return { ...health, checks: [...health.checks] };
  }

  @Get('kubelet-config')
  @ApiProblems('KUBELET_UNAVAILABLE', 'KUBELET_FORBIDDEN', 'KUBELET_FEATURE_DISABLED', 'KUBELET_REFUSED')
  @ApiOperation({ operationId: 'getKubeletConfig', summary: 'Effective configuration of the kubelet' })
  @ApiOkResponse({ type: KubeletConfigDto })
  async config(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
  ): Promise<KubeletConfigDto> {
    return { node, config: await this.kubelets.config(caller, cluster, node) };
  }

  @Get('kubelet-flags')
  @ApiProblems('KUBELET_UNAVAILABLE', 'KUBELET_FORBIDDEN', 'KUBELET_FEATURE_DISABLED', 'KUBELET_REFUSED')
  @ApiOperation({ operationId: 'getKubeletFlags', summary: 'Flags of the kubelet' })
  @ApiOkResponse({ type: KubeletFlagsDto })
  async flags(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
  ): Promise<KubeletFlagsDto> {
    return { node, flags: await this.kubelets.flags(caller, cluster, node) };
  }

  @Get('stats')
  @ApiProblems('KUBELET_UNAVAILABLE', 'KUBELET_FORBIDDEN', 'KUBELET_FEATURE_DISABLED', 'KUBELET_REFUSED')
  @ApiOperation({ operationId: 'getKubeletStats', summary: 'Stats summary and the figures that are asked most' })
  @ApiOkResponse({ type: KubeletStatsDto })
  async stats(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
  ): Promise<KubeletStatsDto> {
    return kubeletStatsDto(await this.kubelets.stats(caller, cluster, node));
  }

  @Get('metrics/:page')
  @ApiProblems('KUBELET_UNAVAILABLE', 'KUBELET_FORBIDDEN', 'KUBELET_FEATURE_DISABLED', 'KUBELET_REFUSED')
  @ApiOperation({ operationId: 'getKubeletMetrics', summary: 'Metrics page: kubelet, cadvisor, resource or probes' })
  @ApiProduces('text/plain')
  @Header('content-type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
    @Param('page') page: string,
  ): Promise<string> {
    if (!PAGES.includes(page)) {
      throw new DomainError('NOT_FOUND', `There is no metrics page of this name: choose from ${PAGES.join(', ')}.`);
    }
    return this.kubelets.metrics(caller, cluster, node, page as KubeletMetricsPage);
  }
}
