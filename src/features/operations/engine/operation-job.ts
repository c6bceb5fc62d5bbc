import { queuedJob } from '../../../platform/queue/queued-job.js';
/** Job that works on one operation. */
export const OPERATION_JOB = queuedJob('operation');

/** One job for each claim: a lost one can be queued again under the same id, a doubled one is dropped by the queue. */
export const operationJob = (id: string, epoch: number) => ({
  job: OPERATION_JOB,
  jobId: `${OPERATION_JOB}-${id}-${epoch}`,
  payload: { operationId: id },
});
