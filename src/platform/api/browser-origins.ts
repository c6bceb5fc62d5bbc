import type { IncomingMessage } from 'node:http';
import cors from '@fastify/cors';
import { Inject, Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { DomainError } from '../../kernel/domain-error.js';

/** What a page may send and read beside what every page may. */
const SENT =
  'Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, X-Correlation-Id, X-Request-Id, traceparent';
const READ =
  'ETag, Idempotency-Replayed, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Log-Ended-By, X-Request-Id';
const PREFLIGHT_SECONDS = 600;

/** Answers pages of the configured origins, over every path; without any, browsers keep other origins out by themselves. */
export function allowOrigins(server: FastifyInstance, origins: readonly string[]): void {
  if (origins.length === 0) return;
  void server.register(cors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: SENT,
    exposedHeaders: READ,
    // Credentials are tokens that a page sends itself; nothing is taken from cookies.
    credentials: false,
    maxAge: PREFLIGHT_SECONDS,
  });
}

/** Sockets have no preflight: the browser names the page's origin, and the server has to look at it. */
@Injectable()
export class BrowserOrigins {
  private readonly allowed: ReadonlySet<string>;

  constructor(@Inject(APP_CONFIG) config: AppConfig) {
    this.allowed = new Set([...config.http.corsOrigins, new URL(config.http.publicUrl).origin]);
  }

  /** @throws DomainError FORBIDDEN for a page of another origin; what is no browser names none */
  requireAllowed({ headers }: IncomingMessage): void {
    const { origin, host } = headers;
    if (origin === undefined || this.allowed.has(origin)) return;
    if (URL.canParse(origin) && new URL(origin).host === host) return;
    throw new DomainError('FORBIDDEN', 'Pages of this origin may not connect; CORS_ORIGINS names those that may.');
  }
}
