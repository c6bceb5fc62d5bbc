import { Injectable } from '@nestjs/common';
import { monotonicNow } from '../../kernel/monotonic.js';

export interface CheckResult {
  ok: boolean;
  /** Short facts for people on call; never credentials or addresses with credentials. */
  detail?: string;
  latencyMs: number;
  /** False if requests can be served all the same, as with one unreachable cluster of many. */
  required: boolean;
}

type Check = () => Promise<string | undefined>;

const TIMEOUT_MS = 2_000;

/**
 * What this process needs in order to serve. Features register a check at start:
 * `checks.register('postgres', async () => { await dataSource.query('SELECT 1'); return undefined; })`; it throws when
 * the dependency is not usable, and may return a detail.
 */
@Injectable()
export class ReadinessChecks {
  private readonly checks = new Map<string, { check: Check; required: boolean }>();

  register(name: string, check: Check, { required = true } = {}): void {
    this.checks.set(name, { check, required });
  }

  /** Runs all checks at once; a check that hangs counts as failed. */
  async run(): Promise<Record<string, CheckResult>> {
    const entries = [...this.checks].map(async ([name, { check, required }]) => [name, await timed(check, required)]);
    return Object.fromEntries(await Promise.all(entries));
  }
}

/** Ready where all that is required holds. */
export function readinessOf(checks: Record<string, CheckResult>) {
  const ok = Object.values(checks).every((check) => check.ok || !check.required);
  return { ok, body: { status: ok ? 'ok' : 'unavailable', checks } };
}

async function timed(check: Check, required: boolean): Promise<CheckResult> {
  const started = monotonicNow();
  const took = () => Math.round(monotonicNow() - started);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${TIMEOUT_MS} ms`)), TIMEOUT_MS);
  });
  try {
    const detail = await Promise.race([check(), timeout]);
    return { ok: true, ...(detail === undefined ? {} : { detail }), latencyMs: took(), required };
  } catch (error) {
    const { message, code } = error as { message?: string; code?: string };
    return { ok: false, detail: (message || code || 'failed').slice(0, 200), latencyMs: took(), required };
  } finally {
    clearTimeout(timer);
  }
}
