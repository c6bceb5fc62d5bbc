import { GraphQLScalarType, Kind } from 'graphql';
import { parseDateTime } from './parse-date-time.js';

/** RFC 3339 time, UTC on output. */
export const DateTimeScalar = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  description: 'RFC 3339 time in UTC, for example 2026-11-23T21:38:00.000Z.',
  serialize(value) {
    const date = value instanceof Date ? value : new Date(value as string);
    return date.toISOString();
  },
  parseValue: (value) => dateOf(value),
  parseLiteral: (node) => dateOf(node.kind === Kind.STRING ? node.value : undefined),
});

function dateOf(value: unknown): Date {
  const date = value instanceof Date ? value : typeof value === 'string' ? parseDateTime(value) : undefined;
  if (!date) throw new TypeError('must be an RFC 3339 time, for example 2026-11-23T21:38:00Z');
  return date;
}
