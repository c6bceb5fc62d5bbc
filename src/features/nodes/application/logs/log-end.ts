/** Why a log that was shown has ended. */
export const LOG_ENDS = [
  'COMPLETE',
  'LIMIT_BYTES',
  'LIMIT_LINES',
  'LIMIT_SECONDS',
  'CLIENT_STALLED',
  'CLIENT_LEFT',
  'CREDENTIAL_EXPIRED',
  'FAILED',
] as const;

export type LogEnd = (typeof LOG_ENDS)[number];
