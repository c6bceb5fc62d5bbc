import { Args, Query, Resolver } from '@nestjs/graphql';
import type { Caller } from '../../../kernel/actor.js';
import { CurrentCaller } from '../../../platform/api/current-caller.decorator.js';
import { InspectPosture } from '../application/inspect-posture.service.js';
import { ConfigDriftDto, FleetPostureDto, NodePostureDto } from './dto/posture.dto.js';
import { driftDto } from './posture.mapper.js';

@Resolver()
export class PostureResolver {
  constructor(private readonly posture: InspectPosture) {}

  @Query(() => NodePostureDto, { name: 'nodePosture', description: 'Security checks of one kubelet.' })
  async ofNode(
    @CurrentCaller() caller: Caller,
    @Args('cluster') cluster: string,
    @Args('node') node: string,
  ): Promise<NodePostureDto> {
    return { node, ...(await this.posture.ofNode(caller, cluster, node)) };
  }

  @Query(() => FleetPostureDto, { name: 'fleetPosture', description: 'Security checks of all kubelets.' })
  ofFleet(@CurrentCaller() caller: Caller, @Args('cluster') cluster: string): Promise<FleetPostureDto> {
    return this.posture.ofFleet(caller, cluster);
  }

  @Query(() => ConfigDriftDto, { name: 'kubeletConfigDrift', description: 'Where kubelet configurations differ.' })
  async drift(@CurrentCaller() caller: Caller, @Args('cluster') cluster: string): Promise<ConfigDriftDto> {
    return driftDto(await this.posture.drift(caller, cluster));
  }
}
