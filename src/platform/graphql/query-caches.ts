import { Injectable } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { Metrics } from '../telemetry/metrics.js';
import { documentStore, persistedQueries } from './bounded-stores.js';
import { CompiledQueries } from './compiled-queries.js';
import { DocumentGate } from './document-gate.js';
import { RememberedAnswers } from './remembered-answers.js';

/** All that the server keeps of the queries it has seen. Whatever callers send, each is bounded by bytes. */
@Injectable()
export class QueryCaches {
  readonly gate = new DocumentGate();
  readonly documents = documentStore();
  readonly persisted = persistedQueries();
  readonly compiled = new CompiledQueries();
  readonly answers = new RememberedAnswers();

  constructor({ registry }: Metrics) {
    const { gate, documents, persisted, compiled, answers } = this;
    new Gauge({
      name: 'node_steward_graphql_cache_bytes',
      help: 'What is kept of GraphQL queries that came before, in bytes.',
      labelNames: ['cache'],
      registers: [registry],
      collect() {
        for (const [cache, { bytes }] of Object.entries({ gate, documents, persisted, compiled, answers })) {
          this.set({ cache }, bytes);
        }
      },
    });
  }
}
