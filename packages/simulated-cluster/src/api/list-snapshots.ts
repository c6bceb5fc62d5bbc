import { ApiError } from '../store/api-error.js';
import type { KubeObject } from '../store/kube-object.js';

interface Snapshot {
  readonly objects: readonly KubeObject[];
  readonly resourceVersion: number;
  readonly expires: number;
}

export interface ListPage {
  readonly objects: readonly KubeObject[];
  readonly resourceVersion: number;
  /** Undefined on the last page. */
  readonly next?: string;
  readonly remaining: number;
}

const KEPT_MS = 5 * 60_000;
const MOST_KEPT = 64;

/**
 * Lists that are being read page by page. Objects are never changed in place, so a snapshot is only an array of references,
 * and every page of one list shows the same moment.
 */
export class ListSnapshots {
  private readonly snapshots = new Map<string, Snapshot>();
  private counter = 0;

  first(objects: readonly KubeObject[], resourceVersion: number, limit: number): ListPage {
    if (limit <= 0 || objects.length <= limit) return { objects, resourceVersion, remaining: 0 };
    const id = `s${++this.counter}`;
    this.drop();
    this.snapshots.set(id, { objects, resourceVersion, expires: Date.now() + KEPT_MS });
    return page(id, objects, resourceVersion, 0, limit);
  }

  next(token: string, limit: number): ListPage {
    const [id = '', offset = ''] = Buffer.from(token, 'base64url').toString('utf8').split(':');
    if (!/^s\d+$/.test(id) || !/^\d+$/.test(offset)) throw ApiError.badRequest(badToken(token));
    const snapshot = this.snapshots.get(id);
    if (!snapshot || snapshot.expires < Date.now()) {
      throw ApiError.expired(
        'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
      );
    }
    const { objects, resourceVersion } = snapshot;
    return page(id, objects, resourceVersion, Number(offset), limit > 0 ? limit : objects.length);
  }

  /** As if the versions of all open lists had been compacted: their next pages are a 410. */
  expireAll(): void {
    this.snapshots.clear();
  }

  private drop(): void {
    const now = Date.now();
    for (const [id, snapshot] of this.snapshots) {
      if (snapshot.expires < now || this.snapshots.size >= MOST_KEPT) this.snapshots.delete(id);
      else break;
    }
  }
}

function page(
  id: string,
  all: readonly KubeObject[],
  resourceVersion: number,
  offset: number,
  limit: number,
): ListPage {
  const objects = all.slice(offset, offset + limit);
  const end = offset + objects.length;
  const remaining = all.length - end;
  const next = remaining > 0 ? Buffer.from(`${id}:${end}`).toString('base64url') : undefined;
  return { objects, resourceVersion, next, remaining };
}

/** The real server expects JSON in a token, and names the character that is none. */
function badToken(token: string): string {
  const first = Buffer.from(token, 'base64url')[0] ?? 0;
  const shown =
    first >= 0x20 && first < 0x7f ? String.fromCharCode(first) : `\\u${first.toString(16).padStart(4, '0')}`;
  return `invalid continue token: continue key is not valid: invalid character '${shown}' looking for beginning of value`;
}
