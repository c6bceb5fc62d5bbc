import { queuedJob } from '../../platform/queue/queued-job.js';
export const MAINTENANCE_JOB = queuedJob('maintenance-run');

export const maintenanceJob = (id: string, epoch: number) => ({
  job: MAINTENANCE_JOB,
  jobId: `${MAINTENANCE_JOB}-${id}-${epoch}`,
  payload: { runId: id },
});
