import { Injectable } from '@nestjs/common';
import { Logger } from '../../../platform/telemetry/logger.js';
import { NodeScheduling } from '../cordon/node-scheduling.service.js';
import { ShowNodeLock } from './node-lock.service.js';

/** What the engine does on the node beside the steps of the operation. */
@Injectable()
export class NodeSide {
  constructor(
    readonly scheduling: NodeScheduling,
    readonly lock: ShowNodeLock,
    readonly logger: Logger,
  ) {}
}
