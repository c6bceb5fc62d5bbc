import type { DocumentNode, ExecutionResult } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Actor } from '../../kernel/actor.js';

type Data = NonNullable<ExecutionResult['data']>;

interface Remembered {
  readonly document: DocumentNode;
  /** Grants are read anew with each look-up of a credential: other grants, other answers. */
  readonly bindings: Actor['bindings'];
  readonly version: string;
  readonly data: Data;
}

export interface AnswerKey {
  readonly query: string;
  readonly document: DocumentNode;
  readonly actor: Actor;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly version: string;
}

const MOST_BYTES = 16 * 1024 * 1024;
/** The values of an answer take about as much again as its text, twice over. */
const BYTES_PER_CHARACTER = 3;

/** Answers that hold until their version changes, each for one credential, query and set of variables. */
export class RememberedAnswers {
  private readonly answers = new LRUCache<string, Remembered>({ maxSize: MOST_BYTES, maxEntrySize: MOST_BYTES / 8 });
  private readonly texts = new WeakMap<Data, string>();

  get({ document, actor, version, ...rest }: AnswerKey): Data | undefined {
    const known = this.answers.get(keyOf(actor, rest));
    const holds = known?.version === version && known.document === document && known.bindings === actor.bindings;
    return holds ? known.data : undefined;
  }

  keep({ document, actor, version, ...rest }: AnswerKey, data: Data): void {
    const text = textOf({ data });
    const size = text.length * BYTES_PER_CHARACTER;
    this.answers.set(keyOf(actor, rest), { document, bindings: actor.bindings, version, data }, { size });
    this.texts.set(data, text);
  }

  /** The text of an answer, which for a remembered one is there already. */
  text(result: ExecutionResult): string {
    const known = result.data && !result.errors && !result.extensions ? this.texts.get(result.data) : undefined;
    return known ?? textOf(result);
  }
}

const keyOf = (actor: Actor, { query, variables }: Pick<AnswerKey, 'query' | 'variables'>): string =>
  JSON.stringify([actor.id, actor.onBehalfOf, query, variables]);

const textOf = (result: ExecutionResult): string => `${JSON.stringify(result)}\n`;
