import { setTimeout as sleep } from 'node:timers/promises';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../../kernel/clock.js';
import { monotonicNow } from '../../kernel/monotonic.js';
import type { Logger } from '../telemetry/logger.js';
import type { PromptQueries } from './prompt-queries.js';

const LEARN_EVERY_MS = 5_000;
/** An answer that took longer says too little: the process may have stood still in between. */
const LONGEST_TRIP_MS = 1_000;
const FIRST_ATTEMPTS = 10;
const PAUSE_MS = 500;
/** Smaller differences are those of any two machines. */
const SKEW_MS = 2_000;

/**
 * The database's time, which all processes share, carried on between two looks by the monotonic clock. The time of the
 * machine plays no part: nothing happens sooner, and nothing is dated otherwise, where it is wrong or set.
 */
export class DatabaseClock extends Clock implements OnApplicationShutdown {
  private anchor = { monotonic: monotonicNow(), time: Date.now(), uncertainty: Number.POSITIVE_INFINITY };
  private skewed = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly queries: PromptQueries,
    private readonly logger: Logger,
  ) {
    super();
  }

  /** Learns the time before anybody asks for it. @throws what the database threw, when it doesn't answer for a while */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.learn();
        break;
      } catch (error) {
        if (attempt === FIRST_ATTEMPTS) throw error;
        await sleep(PAUSE_MS);
      }
    }
    // While the database is away, the time goes on as it was last known.
    this.timer = setInterval(() => void this.learn().catch(() => undefined), LEARN_EVERY_MS).unref();
  }

  override now(): Date {
    return new Date(Math.round(this.anchor.time + monotonicNow() - this.anchor.monotonic));
  }

  /** How far the machine's clock is ahead of the database's, in milliseconds. */
  get skewMs(): number {
    return Date.now() - this.now().getTime();
  }

  /** In words, when it is worth a word. */
  get skewText(): string | null {
    const skew = this.skewMs;
    if (Math.abs(skew) < SKEW_MS) return null;
    const seconds = Math.round(Math.abs(skew) / 1000);
    return `this machine's clock is ${seconds} s ${skew > 0 ? 'ahead of' : 'behind'} the database's, which is used instead`;
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async learn(): Promise<void> {
    const sentAt = monotonicNow();
    const [row] = await this.queries.run<{ now: Date }>('SELECT clock_timestamp() AS now');
    const monotonic = monotonicNow();
    const trip = monotonic - sentAt;
    if (!row) throw new Error('the database told no time');
    if (trip > LONGEST_TRIP_MS) throw new Error('the database told the time too late');
    const time = row.now.getTime() + trip / 2;
    const uncertainty = trip / 2 + 1;
    const known = this.anchor.time + monotonic - this.anchor.monotonic;
    // Within what both may be wrong by, the known time goes on: it must not jump to and fro.
    if (Math.abs(time - known) > uncertainty + this.anchor.uncertainty || uncertainty < this.anchor.uncertainty / 2) {
      this.anchor = { monotonic, time, uncertainty };
    }
    this.noteSkew();
  }

  private noteSkew(): void {
    const text = this.skewText;
    if ((text !== null) === this.skewed) return;
    this.skewed = text !== null;
    const skewMs = this.skewMs;
    if (text) this.logger.warn({ skewMs }, text);
    else this.logger.info({ skewMs }, "this machine's clock agrees with the database's again");
  }
}
