import type { ServerResponse } from 'node:http';
import { ApiError } from '../store/api-error.js';

interface OpenWatch {
  readonly kind: string;
  readonly response: ServerResponse;
  /** Absent when the client did not ask for bookmarks. */
  readonly bookmark?: () => void;
  readonly seconds: number;
  readonly close: () => void;
}

/** All watches that are open now: their timeouts and bookmarks, and the ways to break them on purpose. */
export class OpenWatches {
  private readonly watches = new Set<OpenWatch>();
  private readonly timer: NodeJS.Timeout;

  constructor(bookmarkSeconds: number) {
    this.timer = setInterval(() => this.bookmarkAll(), bookmarkSeconds * 1000);
    this.timer.unref();
  }

  get size(): number {
    return this.watches.size;
  }

  add(watch: OpenWatch): void {
    this.watches.add(watch);
    const timeout = setTimeout(() => {
      // A last bookmark lets the client resume right here.
      watch.bookmark?.();
      watch.close();
      watch.response.end();
    }, watch.seconds * 1000);
    watch.response.once('close', () => {
      clearTimeout(timeout);
      this.watches.delete(watch);
      watch.close();
    });
  }

  /** Cuts the connections of watches of one kind, or of all; returns how many. */
  drop(kind?: string): number {
    return this.forEach(kind, (watch) => watch.response.destroy());
  }

  /** Ends watches with the ERROR event that makes a client list again; returns how many. */
  expireAll(kind?: string): number {
    return this.forEach(kind, (watch) => this.expire(watch.response, 'too old resource version'));
  }

  expire(response: ServerResponse, message: string): void {
    if (response.writableEnded || response.destroyed) return;
    response.end(`${JSON.stringify({ type: 'ERROR', object: ApiError.expired(message).toStatus() })}\n`);
  }

  bookmarkAll(): void {
    for (const watch of this.watches) watch.bookmark?.();
  }

  close(): void {
    clearInterval(this.timer);
    this.drop();
  }

  private forEach(kind: string | undefined, action: (watch: OpenWatch) => void): number {
    const chosen = [...this.watches].filter((watch) => kind === undefined || watch.kind === kind);
    for (const watch of chosen) action(watch);
    return chosen.length;
  }
}
