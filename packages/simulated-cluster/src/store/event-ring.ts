import type { KubeObject } from './kube-object.js';

export type StoreEventType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface StoreEvent {
  readonly type: StoreEventType;
  /** For DELETED the last state, carrying the resource version of the deletion. */
  readonly object: KubeObject;
  /** The state before; lets a watch tell that an object left its selector. */
  readonly previous?: KubeObject;
  readonly resourceVersion: number;
}

/** The latest events of one kind: what a watch can resume from. */
export class EventRing {
  private events: StoreEvent[] = [];
  /** Events after this version are all here; a watch from before it must list again. */
  private oldest: number;

  constructor(
    private readonly capacity: number,
    startVersion: number,
  ) {
    this.oldest = startVersion;
  }

  push(event: StoreEvent): void {
    this.events.push(event);
    // Trimmed in halves, so that a push stays cheap.
    if (this.events.length >= this.capacity * 2) this.trim(this.capacity);
  }

  /** Undefined when events after that version have been dropped. */
  since(resourceVersion: number): readonly StoreEvent[] | undefined {
    if (resourceVersion < this.oldest) return undefined;
    let from = this.events.length;
    while (from > 0 && (this.events[from - 1] as StoreEvent).resourceVersion > resourceVersion) from--;
    return this.events.slice(from);
  }

  /** Forgets all but the newest `keep` events, as a compaction does. */
  trim(keep: number): void {
    const drop = this.events.length - keep;
    if (drop <= 0) return;
    this.oldest = (this.events[drop - 1] as StoreEvent).resourceVersion;
    this.events = this.events.slice(drop);
  }
}
