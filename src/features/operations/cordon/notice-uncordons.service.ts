import { Injectable, type OnModuleInit } from '@nestjs/common';
import { monotonicNow } from '../../../kernel/monotonic.js';
import { Outbox } from '../../../platform/postgres/outbox.js';
import { queuedJob } from '../../../platform/queue/queued-job.js';
import { Logger } from '../../../platform/telemetry/logger.js';
import { ClusterCaches, type NodeRow } from '../../clusters/index.js';
import { hasCordonMarks } from './cordon-marks.js';

export const CORDON_MARKS_JOB = queuedJob('cordon-marks');

/** Every heartbeat of such a node is a change too, and a worker may be away. */
const AGAIN_MS = 30_000;

/** Sees by the watch that somebody else uncordoned a node, and has a worker take off the marks of our cordon. */
@Injectable()
export class NoticeUncordons implements OnModuleInit {
  private readonly asked = new Map<string, number>();

  constructor(
    private readonly caches: ClusterCaches,
    private readonly outbox: Outbox,
    private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.caches.onChange((cache, { kind, type, nodeName }) => {
      const node = kind === 'node' && type !== 'DELETED' ? cache.node(nodeName) : undefined;
      if (node) this.look(cache.cluster, node);
    });
  }

  private look(cluster: string, { uid, name, resourceVersion, schedulable, annotations }: NodeRow): void {
    if (!schedulable || !hasCordonMarks(annotations)) {
      this.asked.delete(uid);
      return;
    }
    const now = monotonicNow();
    if (now - (this.asked.get(uid) ?? Number.NEGATIVE_INFINITY) < AGAIN_MS) return;
    this.asked.set(uid, now);
    const jobId = `${CORDON_MARKS_JOB}-${uid}-${resourceVersion}`;
    this.outbox
      .add([{ job: CORDON_MARKS_JOB, jobId, payload: { cluster, node: name } }])
      .catch((error: unknown) => this.logger.warn({ err: error, cluster, node: name }, 'marks of a cordon are left'));
  }
}
