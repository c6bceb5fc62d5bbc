import { CronExpressionParser } from 'cron-parser';
import type { InputViolation } from '../../../kernel/domain-error.js';

export type FreezeSchedule =
  | { type: 'RANGE'; from: string; to: string }
  /** Starts at each time of a five-field cron expression in a time zone and lasts `durationSeconds`. */
  | { type: 'CRON'; cron: string; timeZone: string; durationSeconds: number };

/** A time in which nothing is executed in some clusters. Deny wins: one active window is enough. */
export interface FreezeWindow {
  id: string;
  name: string;
  /** `*` covers all. */
  clusters: string[];
  reason: string;
  schedule: FreezeSchedule;
}

export interface ActiveFreeze {
  window: FreezeWindow;
  endsAt: Date;
}

type Loose<T> = T extends { type: infer Kind }
  ? { [K in keyof Omit<T, 'type'>]?: T[K] | null } & { type: Kind }
  : never;

const MAX_DURATION_SECONDS = 31 * 24 * 3600;

/** The windows that hold now for any of the clusters, the one that ends last first. */
export function activeFreezes(
  windows: readonly FreezeWindow[],
  clusters: readonly string[],
  now: Date,
): ActiveFreeze[] {
  return windows
    .filter((window) => window.clusters.includes('*') || window.clusters.some((name) => clusters.includes(name)))
    .flatMap((window) => {
      const endsAt = activeUntil(window.schedule, now);
      return endsAt ? [{ window, endsAt }] : [];
    })
    .sort((a, b) => b.endsAt.getTime() - a.endsAt.getTime());
}

/** The window is active from its start, included, to its end, excluded. */
function activeUntil(schedule: FreezeSchedule, now: Date): Date | undefined {
  if (schedule.type === 'RANGE') {
    const [from, to] = [Date.parse(schedule.from), Date.parse(schedule.to)];
    return from <= now.getTime() && now.getTime() < to ? new Date(to) : undefined;
  }
  const start = lastStart(schedule, now);
  if (start === undefined) return undefined;
  const end = start + schedule.durationSeconds * 1000;
  return now.getTime() < end ? new Date(end) : undefined;
}

function lastStart({ cron, timeZone }: FreezeSchedule & { type: 'CRON' }, now: Date): number | undefined {
  // prev() looks strictly before its date, in whole seconds: step past a start that is this very second
  const currentDate = new Date(Math.floor(now.getTime() / 1000) * 1000 + 1000);
  try {
    return CronExpressionParser.parse(cron, { currentDate, tz: timeZone }).prev().getTime();
  } catch {
    return undefined;
  }
}

/** What is wrong with a window, before it is stored. */
export function checkFreezeWindow(window: FreezeWindow): InputViolation[] {
  const found: InputViolation[] = [];
  const refuse = (pointer: string, code: string, message: string) => found.push({ pointer, code, message });
  if (window.clusters.length === 0) refuse('/clusters', 'REQUIRED', 'must name a cluster, or * for all');
  // Which of its members an input leaves out, or gives as null, only its type decides.
  const schedule: Loose<FreezeSchedule> = window.schedule;
  if (schedule.type === 'RANGE') {
    const [from, to] = [Date.parse(schedule.from ?? ''), Date.parse(schedule.to ?? '')];
    if (Number.isNaN(from)) refuse('/schedule/from', 'INVALID_VALUE', 'must be an RFC 3339 time');
    if (Number.isNaN(to)) refuse('/schedule/to', 'INVALID_VALUE', 'must be an RFC 3339 time');
    if (from >= to) refuse('/schedule/to', 'OUT_OF_RANGE', 'must be after from');
    return found;
  }
  if (schedule.cron?.trim().split(/\s+/).length !== 5 || !isReadable(schedule.cron)) {
    refuse('/schedule/cron', 'INVALID_VALUE', 'must be a cron expression of five fields');
  }
  if (!schedule.timeZone || !isTimeZone(schedule.timeZone)) {
    refuse('/schedule/timeZone', 'INVALID_VALUE', 'must be an IANA time zone such as Europe/Berlin');
  }
  const durationSeconds = schedule.durationSeconds ?? 0;
  if (!Number.isInteger(durationSeconds) || durationSeconds < 60 || durationSeconds > MAX_DURATION_SECONDS) {
    refuse('/schedule/durationSeconds', 'OUT_OF_RANGE', `must be from 60 to ${MAX_DURATION_SECONDS}`);
  }
  return found;
}

function isReadable(cron: string): boolean {
  try {
    CronExpressionParser.parse(cron, { tz: 'UTC' }).next();
    return true;
  } catch {
    return false;
  }
}

function isTimeZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
