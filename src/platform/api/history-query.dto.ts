import type { Caller } from '../../kernel/actor.js';
import { actorOf, type HistoryFilter } from '../../kernel/history-filter.js';
import { invalidInput } from '../../kernel/invalid-input.js';
import { EXTERNAL_CORRELATION_ID } from './external-correlation-id.js';
import { Field } from './field.decorator.js';
import { PageQuery } from './page.dto.js';
import { QueryShape } from './shape.decorator.js';

const NAME = { nullable: true, minLength: 1, maxLength: 253 } as const;

/** Filters of every list of what was asked for; they combine. */
@QueryShape()
export class HistoryQuery extends PageQuery {
  @Field({ ...NAME, description: 'Cluster.' }) cluster?: string;
  @Field({ ...NAME, description: 'Node.' }) node?: string;
  @Field({ ...NAME, maxLength: 200, description: 'Ticket, as it was given.' }) ticket?: string;
  @Field({ ...NAME, description: 'Subject of who asked; `me` is the caller.', example: 'me' }) actor?: string;
  @Field({ nullable: true, description: 'Asked for at or after this time.' }) since?: Date;
  @Field({ nullable: true, description: 'Asked for before this time.' }) until?: Date;
  @Field({ ...EXTERNAL_CORRELATION_ID, description: 'Id that the caller gave to what belongs together.' })
  externalCorrelationId?: string;
}

/** @throws DomainError VALIDATION_FAILED for a time range that can hold nothing */
export function historyFilter(query: HistoryQuery, caller: Caller): HistoryFilter {
  const { cluster, node, ticket, actor, since, until, externalCorrelationId } = query;
  if (since && until && since >= until) {
    throw invalidInput([{ pointer: '?until', code: 'OUT_OF_RANGE', message: 'must be after since' }]);
  }
  return { cluster, node, ticket, actor: actorOf(actor, caller), since, until, externalCorrelationId };
}

/** One filter under the name that all lists share and the one that it had before; both at once would be a guess. */
export function renamed<T extends object, N extends keyof T & string, B extends keyof T & string>(
  query: T,
  name: N,
  before: B,
): T[N] | T[B] {
  if (query[name] !== undefined && query[before] !== undefined) {
    throw invalidInput([{ pointer: `?${before}`, code: 'NOT_ALLOWED', message: `is the same as ${name}: give one` }]);
  }
  return query[name] ?? query[before];
}
