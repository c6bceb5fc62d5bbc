import { monthsOf } from './month-names.js';

/** What a line says of its time. Without a year it is one of several days. */
export interface LineHead {
  readonly year?: number;
  readonly months: readonly number[];
  readonly day: number;
  /** `HH:MM:SS.ffffff` */
  readonly time: string;
}

const JOURNAL = /^ ?([^\s:[\]{}"=]{1,16}) +(\d{1,2}) (\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))? \S/;
const KLOG = /^[IWEF](\d{2})(\d{2}) (\d{2}:\d{2}:\d{2})\.(\d{1,9}) +\d+ /;
const KLOG_IN_ENTRY = /: [IWEF](\d{2})(\d{2}) (\d{2}):(\d{2}):(\d{2})\.\d+ +\d+ /;
const ISO =
  /^(?:time=")?(\d{4})[-/](\d{2})[-/](\d{2})[T ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))? ?(Z|UTC|[+-]\d{2}:?\d{2})?(?! ?[AP]M)/;
const EPOCH = /^\{"ts":(\d{12,14})(?:\.(\d{1,6}))?,/;
const WINDOWS = /^(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4}),? +(\d{1,2})[:.](\d{2})[:.](\d{2})(?: ?([AP])M\b)?/i;
const EVERY_MONTH = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/** Undefined for a line without a time of its own: the further lines of an entry, notes, what the kubelet says. */
export function lineHead(line: string): LineHead | undefined {
  return journalHead(line) ?? klogHead(line) ?? isoHead(line) ?? epochHead(line) ?? windowsHead(line);
}

/** `--output=short-precise` of journalctl, in UTC; months are in the language of the machine. */
function journalHead(line: string): LineHead | undefined {
  const [, name = '', day, time, fraction] = JOURNAL.exec(line) ?? [];
  if (time === undefined) return undefined;
  let months = monthsOf(name);
  if (months.length === 0) {
    // A language that nobody knows here; only journalctl writes microseconds behind a name, though.
    if (fraction?.length !== 6) return undefined;
    const month = Number(KLOG_IN_ENTRY.exec(line)?.[1] ?? 0);
    months = month >= 1 && month <= 12 ? [month] : EVERY_MONTH;
  }
  return { months, day: Number(day), time: timeOf(time, fraction) };
}

/** What klog writes where no journal is in between. */
function klogHead(line: string): LineHead | undefined {
  const [, month, day, time, fraction] = KLOG.exec(line) ?? [];
  return time === undefined ? undefined : { months: [Number(month)], day: Number(day), time: timeOf(time, fraction) };
}

function isoHead(line: string): LineHead | undefined {
  const [, year, month, day, time, fraction, zone] = ISO.exec(line) ?? [];
  if (time === undefined) return undefined;
  const offset = zone && !/^(Z|UTC)$/.test(zone) ? zone.replace(/^(...)(\d\d)$/, '$1:$2') : 'Z';
  const at = new Date(`${year}-${month}-${day}T${time}${offset}`);
  return Number.isNaN(at.getTime()) ? undefined : headOf(at, fraction);
}

/** klog's JSON: milliseconds with a fraction. */
function epochHead(line: string): LineHead | undefined {
  const [, milliseconds, micros = ''] = EPOCH.exec(line) ?? [];
  if (milliseconds === undefined) return undefined;
  return headOf(new Date(Number(milliseconds)), milliseconds.slice(-3) + micros);
}

/** `TimeCreated` of Get-WinEvent, which Windows writes as the machine's culture does. */
function windowsHead(line: string): LineHead | undefined {
  const [, first, separator, second, third, hour, minute, seconds, half] = WINDOWS.exec(line) ?? [];
  if (seconds === undefined) return undefined;
  const numbers = [Number(first), Number(second), Number(third)] as [number, number, number];
  const yearFirst = first?.length === 4;
  const [year, a, b] = yearFirst ? numbers : [numbers[2], numbers[0], numbers[1]];
  // 24.12., 24/12 and 24-12 begin with the day; 12/24 with the month, as does all with AM and PM that can.
  const monthFirst = yearFirst || b > 12 || (a <= 12 && (half !== undefined || separator === '/'));
  const [month, day] = monthFirst ? [a, b] : [b, a];
  if (month < 1 || month > 12 || day < 1 || day > 31 || year < 1000) return undefined;
  const hours = half === undefined ? Number(hour) : (Number(hour) % 12) + (half.toUpperCase() === 'P' ? 12 : 0);
  return { year, months: [month], day, time: timeOf(`${String(hours).padStart(2, '0')}:${minute}:${seconds}`) };
}

const timeOf = (time: string, fraction = ''): string => `${time}.${fraction.slice(0, 6).padEnd(6, '0')}`;

function headOf(at: Date, fraction?: string): LineHead {
  const time = timeOf(at.toISOString().slice(11, 19), fraction);
  return { year: at.getUTCFullYear(), months: [at.getUTCMonth() + 1], day: at.getUTCDate(), time };
}

const QUARTER_MS = 15 * 60_000;
const DAY_MS = 24 * 3600_000;

/**
 * How far the machine's clocks are ahead of UTC, in milliseconds, by an entry of the journal that klog wrote: journalctl
 * shows it in UTC, klog by the machine's clocks.
 */
export function zoneOfEntry(line: string, stamp: string): number | undefined {
  const [, month, day, hours, minutes, seconds] = KLOG_IN_ENTRY.exec(line) ?? [];
  if (seconds === undefined) return undefined;
  const at = Date.parse(stamp);
  const year = new Date(at).getUTCFullYear();
  const apart = [year - 1, year, year + 1]
    .map((y) => Date.UTC(y, Number(month) - 1, Number(day), Number(hours), Number(minutes), Number(seconds)) - at)
    .reduce((a, b) => (Math.abs(a) <= Math.abs(b) ? a : b));
  const rounded = Math.round(apart / QUARTER_MS) * QUARTER_MS;
  return Math.abs(rounded) < DAY_MS ? rounded : undefined;
}
