import { buildSchema, type ExecutionArgs } from 'graphql';
import { expect, it } from 'vitest';
import { OpenStreams } from '../api/open-streams.js';
import { subscriptionServer } from './subscription-server.js';

it('10.21 an open subscription keeps neither its text nor its variables', async () => {
  const schema = buildSchema('type Query { a: Int } type Subscription { ticks(of: String): Int }');
  const caller = { actor: { id: 'token:1' }, request: { requestId: '1' } };
  const admission = { admitSocket: async () => caller } as never;
  const streams = new OpenStreams(10);
  const formatError = ((formatted: unknown) => formatted) as never;
  const server = subscriptionServer(admission, () => schema, {
    introspection: true,
    formatError,
    streams: () => streams,
  });
  const payload = {
    query: `subscription ($of: String) { ticks(of: $of) } # ${'x'.repeat(10_000)}`,
    variables: { of: 'y'.repeat(10_000) },
    extensions: { why: 'z'.repeat(10_000) },
  };
  const context = { extra: { socket: { readyState: 1, OPEN: 1 } } } as never;
  const args = (await server.onSubscribe?.(context, '1', payload)) as ExecutionArgs;
  expect(payload).toEqual({ query: '' });
  // What is executed has its own variables, and no tokens of the text.
  expect(args.variableValues).toEqual({ of: 'y'.repeat(10_000) });
  expect(args.document.loc).toBeUndefined();
  expect(args.document.definitions[0]?.loc).toBeUndefined();
  expect(streams.count('subscription')).toBe(1);
});
