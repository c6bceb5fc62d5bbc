import { documentStore, persistedQueries } from './bounded-stores.js';
import { CompiledQueries } from './compiled-queries.js';
import { DocumentGate } from './document-gate.js';
import { RememberedAnswers } from './remembered-answers.js';

/** All that the server keeps of the queries it has seen. Whatever callers send, each is bounded by bytes. */
export class QueryCaches {
  readonly gate = new DocumentGate();
  readonly documents = documentStore();
  readonly persisted = persistedQueries();
  readonly compiled = new CompiledQueries();
  readonly answers = new RememberedAnswers();

  /** By name, for the metrics. */
  get bytes(): Record<string, number> {
    const { gate, documents, persisted, compiled, answers } = this;
    return Object.fromEntries(
      Object.entries({ gate, documents, persisted, compiled, answers }).map(([name, cache]) => [name, cache.bytes]),
    );
  }
}
