export const MAINTENANCE_JOB = 'maintenance-run';

export const maintenanceJob = (id: string, epoch: number) => ({
  job: MAINTENANCE_JOB,
  jobId: `${MAINTENANCE_JOB}-${id}-${epoch}`,
  payload: { runId: id },
});
