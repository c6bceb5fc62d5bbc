import type { ExecutionResult } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Actor } from '../../kernel/actor.js';

type Data = NonNullable<ExecutionResult['data']>;

interface Remembered {
  /** Grants are read anew with each look-up of a credential: other grants, other answers. */
  readonly bindings: Actor['bindings'];
  readonly version: string;
  readonly data: Data;
}

export interface AnswerKey {
  /** Hash of its text. */
  readonly query: string;
  readonly actor: Actor;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly version: string;
}

const MOST_BYTES = 16 * 1024 * 1024;
/** The values of an answer take about as much again as its text, twice over. */
const BYTES_PER_CHARACTER = 3;
/** The entry itself and the grants that it holds on to. */
const BYTES_OF_ENTRY = 1_000;

/** Answers that hold until their version changes, each for one credential, query and set of variables. */
export class RememberedAnswers {
  private readonly answers = new LRUCache<string, Remembered>({ maxSize: MOST_BYTES, maxEntrySize: MOST_BYTES / 8 });
  private readonly texts = new WeakMap<Data, string>();

  get bytes(): number {
    return this.answers.calculatedSize;
  }

  get({ actor, version, ...rest }: AnswerKey): Data | undefined {
    const known = this.answers.get(keyOf(actor, rest));
    const holds = known?.version === version && known.bindings === actor.bindings;
    return holds ? known.data : undefined;
  }

  keep({ actor, version, ...rest }: AnswerKey, data: Data): void {
    const text = textOf({ data });
    const key = keyOf(actor, rest);
    const size = text.length * BYTES_PER_CHARACTER + 2 * (key.length + version.length) + BYTES_OF_ENTRY;
    this.answers.set(key, { bindings: actor.bindings, version, data }, { size });
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
