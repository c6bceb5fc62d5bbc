import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { Metrics } from '../telemetry/metrics.js';
import { type OpenStreams, STREAM_KINDS } from './open-streams.js';

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Durations and counts of both APIs. Labels hold route patterns and root fields, never values a caller can choose. */
@Injectable()
export class HttpMetrics {
  readonly http: Histogram<'method' | 'route' | 'status'>;
  readonly graphql: Histogram<'type' | 'field' | 'outcome'>;
  readonly answers: Counter<'source'>;
  readonly denied: Counter<'code'>;

  constructor(private readonly metrics: Metrics) {
    const registers = [metrics.registry];
    this.http = new Histogram({
      name: 'node_steward_http_request_duration_seconds',
      help: 'Time to answer a request; event streams count until they end.',
      labelNames: ['method', 'route', 'status'],
      buckets: SECONDS,
      registers,
    });
    this.graphql = new Histogram({
      name: 'node_steward_graphql_operation_duration_seconds',
      help: 'Time to answer a GraphQL operation, by its first root field.',
      labelNames: ['type', 'field', 'outcome'],
      buckets: SECONDS,
      registers,
    });
    this.answers = new Counter({
      name: 'node_steward_graphql_answers_total',
      help: 'Answers to GraphQL queries that came before: worked out by resolvers, or remembered as nothing had changed.',
      labelNames: ['source'],
      registers,
    });
    this.denied = new Counter({
      name: 'node_steward_http_problems_total',
      help: 'Problem documents by code.',
      labelNames: ['code'],
      registers,
    });
  }

  /** Shows how many streams of a server are open. */
  countStreams(streams: OpenStreams): void {
    new Gauge({
      name: 'node_steward_open_streams',
      help: 'Answers that go on: server-sent events, texts, GraphQL subscriptions.',
      labelNames: ['kind'],
      registers: [this.metrics.registry],
      collect() {
        for (const kind of STREAM_KINDS) this.set({ kind }, streams.count(kind));
      },
    });
  }
}
