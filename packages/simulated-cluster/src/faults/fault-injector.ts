import { SeededRandom } from '../store/seeded-random.js';

/** What requests a fault is for; an absent field matches anything. */
export interface FaultMatch {
  readonly verb?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Regular expression on the path without the query. */
  readonly path?: string;
  readonly user?: string;
}

/** What happens to a request that a fault is for. Several may be combined with `delayMs`. */
export interface FaultEffect {
  readonly delayMs?: number;
  /** Answers this instead of doing it: a 403 as an admission webhook sends it, a 429 as priority and fairness sends it (with Retry-After, without a cause). */
  readonly status?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly retryAfterSeconds?: number;
  /** Refuses it as the admission of the API server does, in its words. */
  readonly admission?: AdmissionEffect;
  /** Cuts the connection before anything is done. */
  readonly dropConnection?: boolean;
  /** Does it, then cuts the connection: the client cannot know. */
  readonly dropAfter?: boolean;
  /** Does it, and never answers. */
  readonly withholdAnswer?: boolean;
  /** Neither does nor answers. */
  readonly neverAnswer?: boolean;
  /** For watches: cuts the stream after so many milliseconds. */
  readonly dropWatchAfterMs?: number;
  /** For watches: ends the stream with a 410 event after so many milliseconds. */
  readonly expireWatchAfterMs?: number;
}

export type AdmissionEffect =
  /** A ValidatingAdmissionPolicy says no: 422 without a reason of its own, 403 with `Forbidden`. */
  | { readonly policy: string; readonly binding: string; readonly message: string; readonly reason?: 'Forbidden' }
  /** A webhook says no, with a status that it chooses; 400 without one. */
  | { readonly webhook: string; readonly message?: string; readonly status?: number; readonly reason?: string }
  /** A webhook is not there to be asked. */
  | { readonly unreachableWebhook: string; readonly url: string };

export interface Fault {
  readonly id: string;
  readonly match?: FaultMatch;
  readonly effect: FaultEffect;
  /** Between 0 and 1; 1 when absent. */
  readonly probability?: number;
  /** How often it strikes; without end when absent. */
  readonly remaining?: number;
}

export interface FaultTarget {
  readonly verb: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
  readonly user: string;
}

interface ActiveFault {
  readonly fault: Fault;
  readonly path?: RegExp;
  left: number;
  struck: number;
}

/** Faults on demand, for tests. The draws come from one seeded generator, so that a run can be repeated. */
export class FaultInjector {
  private readonly active = new Map<string, ActiveFault>();
  private random: SeededRandom;

  constructor(seed = 1) {
    this.random = new SeededRandom(seed);
  }

  /** Replaces a fault of the same id. */
  set(fault: Fault): void {
    const path = fault.match?.path ? new RegExp(fault.match.path) : undefined;
    this.active.set(fault.id, { fault, path, left: fault.remaining ?? Number.POSITIVE_INFINITY, struck: 0 });
  }

  remove(id: string): boolean {
    return this.active.delete(id);
  }

  clear(): void {
    this.active.clear();
  }

  reseed(seed: number): void {
    this.random = new SeededRandom(seed);
  }

  /** The faults that are set, with how often each has struck. */
  list(): readonly (Fault & { readonly struck: number })[] {
    return [...this.active.values()].map(({ fault, left, struck }) => ({
      ...fault,
      remaining: Number.isFinite(left) ? left : undefined,
      struck,
    }));
  }

  /** How often a fault has struck. */
  struck(id: string): number {
    return this.active.get(id)?.struck ?? 0;
  }

  /** The first fault that strikes this request; it counts as used. */
  strike(target: FaultTarget): FaultEffect | undefined {
    for (const entry of this.active.values()) {
      if (entry.left <= 0 || !matches(entry, target)) continue;
      const { probability = 1 } = entry.fault;
      if (probability < 1 && this.random.next() >= probability) continue;
      entry.left--;
      entry.struck++;
      return entry.fault.effect;
    }
    return undefined;
  }
}

function matches({ fault, path }: ActiveFault, target: FaultTarget): boolean {
  const { path: _pattern, ...exact } = fault.match ?? {};
  if (path && !path.test(target.path)) return false;
  return Object.entries(exact).every(([field, value]) => target[field as keyof FaultTarget] === value);
}
