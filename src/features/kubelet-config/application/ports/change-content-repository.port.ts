import type { JsonObject } from '../../domain/json/json-value.js';
import type { ChangeContent } from '../change-record.js';

/** What changes have besides their requests, under the same ids. Writes join the running UnitOfWork. */
export abstract class ChangeContentRepository {
  abstract insert(id: string, content: ChangeContent): Promise<void>;
  abstract find(ids: readonly string[]): Promise<ReadonlyMap<string, ChangeContent>>;
  abstract save(id: string, content: ChangeContent): Promise<void>;
  /** What the targets run that are under review, instead of what was kept before. */
  abstract saveBaselines(id: string, live: ReadonlyMap<string, JsonObject>): Promise<void>;
  abstract baselines(id: string): Promise<Map<string, JsonObject>>;
}
