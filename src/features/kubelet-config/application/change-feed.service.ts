import { Injectable } from '@nestjs/common';
import { ChannelFeed } from '../../../platform/postgres/channel-feed.js';
import { Notifications } from '../../../platform/postgres/notifications.js';
import { tell } from '../../../platform/postgres/story.js';
import { TERMINAL_STATUSES } from '../../approvals/index.js';
import type { ChangeEvent } from './change-record.js';
import { ChangeRepository } from './ports/change-repository.port.js';

/** Postgres channel that is notified with a change's id when it has new events. */
export const CHANGE_EVENTS_CHANNEL = 'node_steward_kubelet_config_changes';

const BATCH = 200;

/** Live news of one change, from Postgres, in any process. Check access before. */
@Injectable()
export class ChangeFeed {
  private readonly feed: ChannelFeed;

  constructor(
    private readonly changes: ChangeRepository,
    notifications: Notifications,
  ) {
    this.feed = new ChannelFeed(notifications, CHANGE_EVENTS_CHANNEL);
  }

  /** Every event after `afterSeq`, in order and without gaps, until the change can't move any more or the signal aborts. */
  events(id: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<ChangeEvent> {
    const { changes, feed } = this;
    const story = {
      follow: (wake: () => void) => feed.follow(id, wake),
      after: (seq: number) => changes.events(id, seq, BATCH),
      endsAt: async (seq: number) => {
        const change = await changes.find(id);
        return change && TERMINAL_STATUSES.includes(change.approval.status) && change.lastSeq <= seq;
      },
      // Its events don't say the status: whether one was the last is in the change.
      isLast: () => false,
    };
    return tell(story, afterSeq, signal);
  }
}
