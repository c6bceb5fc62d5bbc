import type { JobHandler } from '../../../platform/queue/job-handler.js';
import type { AdvanceRequests } from '../../approvals/index.js';

/**
 * Jobs that a version queued in which changes were moved apart from other requests. Some wait for days, as long as an
 * approval lasts; nothing queues them any more.
 */
export const earlierJobs = (requests: Pick<AdvanceRequests, 'one'>): JobHandler[] => [
  { job: 'kubelet-config-change', run: ({ changeId }) => requests.one(String(changeId)) },
  // All requests are looked at by a job of its own.
  { job: 'kubelet-config-changes', run: async () => undefined },
];
