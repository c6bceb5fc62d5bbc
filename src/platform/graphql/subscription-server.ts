import {
  type DocumentNode,
  type ExecutionArgs,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type { ServerOptions, SubscribePayload } from 'graphql-ws';
import type { Extra } from 'graphql-ws/use/ws';
import { DomainError, type ErrorCode } from '../../kernel/domain-error.js';
import type { Admission } from '../api/admission.js';
import { domainErrorOf } from '../api/domain-error-of.js';
import { whenCredentialEnds } from '../api/open-answer.js';
import type { OpenStreams } from '../api/open-streams.js';
import type { GraphqlContext } from '../api/request-of.js';
import { checkVariables } from './check-variables.js';
import { assertSound } from './document-gate.js';
import { readDocument } from './document-limits.js';
import type { formatGraphqlError } from './format-graphql-error.js';
import { checkQueryLimits } from './query-limits.js';

interface SocketState {
  authorization?: string | undefined;
  /** What ends with the socket. */
  endings?: (() => void)[];
  /** By their payload: a client may use an id again before what had it has ended. */
  subscriptions?: Map<object, OpenSubscription>;
}

interface OpenSubscription {
  /** What it reads, once it does. */
  results?: AsyncGenerator<unknown>;
  leave: () => void;
}

type Options = ServerOptions<{ authorization?: unknown }, Extra & SocketState>;
type SocketExtra = Extra & SocketState;

export interface SubscriptionOptions {
  introspection: boolean;
  formatError: typeof formatGraphqlError;
  /** Where subscriptions are counted. */
  streams: () => OpenStreams;
}

/** Close codes of graphql-ws; other reasons are for another time. */
const CLOSE_CODES: Partial<Record<ErrorCode, number>> = { UNAUTHENTICATED: 4401, FORBIDDEN: 4403, RATE_LIMITED: 4429 };
const TRY_AGAIN_LATER = 1013;
/** Each keeps what it executes for as long as it lasts. */
const MAX_SUBSCRIPTIONS = 100;
/** A client that does not answer the close is not waited for. */
const CLOSE_MS = 1_000;
/** WebSocket allows 123 bytes. */
const MAX_REASON = 120;

/**
 * Subscriptions over graphql-ws. The connection is authenticated by `{ authorization: "Bearer …" }`, again for each
 * subscription, and closed when that credential is over. Queries and mutations are refused here: over HTTP they have
 * limits and idempotency keys.
 */
export function subscriptionServer(
  admission: Admission,
  schemaOf: () => GraphQLSchema,
  options: SubscriptionOptions,
): Options {
  const { formatError, streams } = options;
  return {
    connectionInitWaitTimeout: 5_000,
    onConnect: async ({ connectionParams, extra }) => {
      const { authorization } = connectionParams ?? {};
      extra.authorization = typeof authorization === 'string' ? authorization : undefined;
      try {
        const caller = await admission.admitSocket(extra.authorization, extra.request);
        if (extra.socket.readyState !== extra.socket.OPEN) return false;
        extra.endings = [
          streams().add('socket', new AbortController(), caller.actor.id),
          whenCredentialEnds(caller, (why) => close(extra, why)),
        ];
        return true;
      } catch (error) {
        close(extra, domainErrorOf(error));
        return false;
      }
    },
    onClose: ({ extra }) => {
      for (const end of extra.endings?.splice(0) ?? []) end();
      const open = [...(extra.subscriptions?.values() ?? [])];
      extra.subscriptions?.clear();
      for (const { leave, results } of open) {
        leave();
        // The library forgets a subscription whose id was used again meanwhile.
        results?.return(undefined).catch(() => undefined);
      }
    },
    onSubscribe: async ({ extra }, _id, payload) => {
      const schema = schemaOf();
      try {
        const caller = await admission.admitSocket(extra.authorization, extra.request);
        const args = checkedArguments(schema, payload, options, { request: { caller } });
        if (Array.isArray(args)) return args;
        // Who has left meanwhile gets nothing; the library tells nobody then.
        if (extra.socket.readyState !== extra.socket.OPEN) return [new GraphQLError('The socket is closed.')];
        extra.subscriptions ??= new Map();
        if (extra.subscriptions.size >= MAX_SUBSCRIPTIONS) {
          throw new DomainError('RATE_LIMITED', `A socket carries up to ${MAX_SUBSCRIPTIONS} subscriptions at a time.`);
        }
        const leave = streams().add('subscription', new AbortController(), caller.actor.id);
        extra.subscriptions.set(payload, { leave });
        forgetText(payload);
        return args;
      } catch (error) {
        if (error instanceof DomainError && error.code === 'UNAUTHENTICATED') close(extra, error);
        if (error instanceof GraphQLError) return [coded(error, 'GRAPHQL_PARSE_FAILED')];
        return [new GraphQLError('refused', { originalError: error as Error })];
      }
    },
    onOperation: ({ extra }, _id, payload, _args, result) => {
      const open = extra.subscriptions?.get(payload);
      if (!(Symbol.asyncIterator in result)) return;
      if (open) open.results = result as AsyncGenerator<unknown>;
      // The socket was closed while this began.
      else (result as AsyncGenerator<unknown>).return(undefined).catch(() => undefined);
    },
    onComplete: ({ extra }, _id, payload) => {
      extra.subscriptions?.get(payload)?.leave();
      extra.subscriptions?.delete(payload);
    },
    onError: (_context, _id, _payload, errors) => errors.map((error) => formatError(error.toJSON(), error)),
    onNext: (_context, _id, _payload, _args, result) => {
      if (!result.errors) return undefined;
      return {
        ...result,
        errors: result.errors.map((error) => formatError(error.toJSON(), error) as GraphQLError),
      };
    },
  };
}

/** @throws DomainError for what is refused; the errors of a document that does not fit the schema */
function checkedArguments(
  schema: GraphQLSchema,
  { query, variables, extensions, operationName }: SubscribePayload,
  { introspection }: SubscriptionOptions,
  contextValue: GraphqlContext,
): ExecutionArgs | GraphQLError[] {
  assertSound({ query, variables, extensions, operationName });
  const document = readDocument(query);
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const errors = validate(schema, document, rules, { hideSuggestions: !introspection });
  if (errors.length > 0) return errors.map((error) => coded(error, 'GRAPHQL_VALIDATION_FAILED'));
  const operation = getOperationAST(document, operationName);
  if (operation?.operation !== 'subscription') {
    throw new DomainError(
      'VALIDATION_FAILED',
      'Send queries and mutations over HTTP; this socket is for subscriptions.',
    );
  }
  checkQueryLimits(schema, document, operationName, variables ?? {});
  checkVariables(schema, operation, variables ?? {});
  return { schema, document: withoutText(document), operationName, variableValues: variables, contextValue };
}

/** The library keeps the payload for as long as the subscription lasts, and has no use for it any more. */
function forgetText(payload: SubscribePayload): void {
  const kept = payload as { -readonly [key in keyof SubscribePayload]?: SubscribePayload[key] };
  kept.query = '';
  delete kept.variables;
  delete kept.extensions;
}

/** What is executed for each event, without the tokens of the text that it was read from. */
function withoutText(document: DocumentNode): DocumentNode {
  const text = document.loc?.source.body;
  return text === undefined ? document : parse(text, { noLocation: true });
}

function close({ socket }: SocketExtra, { code, message }: DomainError): void {
  socket.close(CLOSE_CODES[code] ?? TRY_AGAIN_LATER, `${code}: ${message}`.slice(0, MAX_REASON));
  const cut = setTimeout(() => socket.terminate(), CLOSE_MS).unref();
  socket.once('close', () => clearTimeout(cut));
}

/** Over HTTP the server marks the caller's mistakes with a code by itself; without one they would be told as ours. */
function coded(error: GraphQLError, code: string): GraphQLError {
  if (error.extensions.code !== undefined || error.originalError) return error;
  const { message, nodes, source, positions } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}
