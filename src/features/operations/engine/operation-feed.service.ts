import { Injectable } from '@nestjs/common';
import { ChannelFeed } from '../../../platform/postgres/channel-feed.js';
import { Notifications } from '../../../platform/postgres/notifications.js';
import { OPERATION_EVENTS_CHANNEL } from './operation-events-channel.js';

/** News of operations and maintenance runs, by id. */
@Injectable()
export class OperationFeed extends ChannelFeed {
  constructor(notifications: Notifications) {
    super(notifications, OPERATION_EVENTS_CHANNEL);
  }
}
