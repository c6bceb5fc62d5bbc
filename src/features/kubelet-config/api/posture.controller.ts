import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { ApiProblems } from '../../../platform/rest/api-problems.decorator.js';
import { InspectPosture } from '../application/inspect-posture.service.js';
import { ConfigDriftDto, FleetPostureDto, NodePostureDto } from './dto/posture.dto.js';
import { driftDto } from './posture.mapper.js';

@ApiTags('Posture')
@Controller('clusters/:cluster')
export class PostureController {
  constructor(private readonly posture: InspectPosture) {}

  @Get('nodes/:node/posture')
  @ApiProblems('KUBELET_UNAVAILABLE', 'KUBELET_FORBIDDEN', 'KUBELET_FEATURE_DISABLED', 'KUBELET_REFUSED')
  @ApiOperation({ operationId: 'getNodePosture', summary: 'Security checks of one kubelet' })
  @ApiOkResponse({ type: NodePostureDto })
  async ofNode(
    @CurrentCaller() caller: Caller,
    @Param('cluster') cluster: string,
    @Param('node') node: string,
  ): Promise<NodePostureDto> {
    return { node, ...(await this.posture.ofNode(caller, cluster, node)) };
  }

  @Get('posture')
  @ApiOperation({ operationId: 'getFleetPosture', summary: 'Security checks of all kubelets, worst first' })
  @ApiOkResponse({ type: FleetPostureDto })
  ofFleet(@CurrentCaller() caller: Caller, @Param('cluster') cluster: string): Promise<FleetPostureDto> {
    return this.posture.ofFleet(caller, cluster);
  }

  @Get('kubelet-config-drift')
  @ApiOperation({ operationId: 'getKubeletConfigDrift', summary: 'Where kubelet configurations differ' })
  @ApiOkResponse({ type: ConfigDriftDto })
  async drift(@CurrentCaller() caller: Caller, @Param('cluster') cluster: string): Promise<ConfigDriftDto> {
    return driftDto(await this.posture.drift(caller, cluster));
  }
}
