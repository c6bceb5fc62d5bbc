import type { Caller } from './actor.js';

/** What every list of what was asked for can be narrowed by; left out is no condition. */
export interface HistoryFilter {
  readonly cluster?: string | undefined;
  readonly node?: string | undefined;
  readonly ticket?: string | undefined;
  /** Subject of who asked. */
  readonly actor?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
  readonly externalCorrelationId?: string | undefined;
}

/** `me` is whoever asks. */
export const actorOf = (actor: string | undefined, caller: Caller): string | undefined =>
  actor === 'me' ? caller.actor.id : actor;
