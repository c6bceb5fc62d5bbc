import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphqlContext } from '../api/request-of.js';

/**
 * What goes with an answer beside its data: when to try again, as a header too for those who look there (the longest of
 * several), and what was left out.
 */
export function answerNotesPlugin(): ApolloServerPlugin<GraphqlContext> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ response, contextValue }) {
          if (response.body.kind !== 'single') return;
          const { singleResult } = response.body;
          const seconds = (singleResult.errors ?? [])
            .map(({ extensions }) => extensions?.retryAfterSeconds)
            .filter((value) => typeof value === 'number');
          if (seconds.length > 0) response.http.headers.set('retry-after', String(Math.max(...seconds)));
          const { warnings } = contextValue.request;
          if (warnings) singleResult.extensions = { ...singleResult.extensions, warnings: [...warnings] };
        },
      };
    },
  };
}
