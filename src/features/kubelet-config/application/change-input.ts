import { invalidInput } from '../../../kernel/invalid-input.js';
import type { ChangeRecord } from './change-record.js';
import { type ChangeSpec, DEFAULT_STRATEGY, type NodeChoice, type RolloutStrategy } from './change-spec.js';
import { patchOf } from './patch-input.js';

export interface NewChange {
  cluster: string;
  nodes?: string[] | undefined;
  nodeSelector?: string | undefined;
  /** An object, or its text as YAML or JSON. */
  patch: unknown;
  strategy?: Partial<RolloutStrategy> | undefined;
  reason: string;
  ticket?: string | undefined;
  approvalExpiresAt?: Date | undefined;
}

export type ChangeEdit = Partial<Omit<NewChange, 'cluster'>>;

/** What a change asks for with an edit. One that chooses nodes one way leaves the other way. */
export const editedInput = (known: ChangeRecord, edit: ChangeEdit): NewChange => ({
  ...inputOf(known),
  ...given(edit, known),
});

function given(edit: ChangeEdit, known: ChangeRecord): Partial<NewChange> {
  const { nodes, nodeSelector, strategy, ...rest } = edit;
  return {
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)),
    ...(strategy ? { strategy: { ...known.spec.strategy, ...strategy } } : {}),
    ...(nodes || nodeSelector !== undefined ? { nodes, nodeSelector } : {}),
  };
}

const inputOf = ({ spec, reason, ticket }: ChangeRecord): NewChange => ({
  cluster: spec.cluster,
  nodes: spec.nodes ?? undefined,
  nodeSelector: spec.nodeSelector ?? undefined,
  patch: spec.patch,
  strategy: spec.strategy,
  reason,
  ticket: ticket ?? undefined,
});

export function choiceOf({ cluster, nodes, nodeSelector }: NewChange): NodeChoice {
  if ((nodes === undefined) === (nodeSelector === undefined)) {
    const message = 'give either nodes or nodeSelector';
    throw invalidInput([{ pointer: '/nodes', code: 'REQUIRED', message }]);
  }
  return { cluster, nodes: nodes ? [...new Set(nodes)].sort() : null, nodeSelector: nodeSelector ?? null };
}

/** Only for those who may write to the chosen nodes: reading a patch takes time. */
export function specOf(choice: NodeChoice, { patch, strategy }: NewChange): ChangeSpec {
  return {
    ...choice,
    patch: patchOf(patch),
    strategy: {
      ...DEFAULT_STRATEGY,
      ...Object.fromEntries(Object.entries(strategy ?? {}).filter(([, v]) => v != null)),
    },
  };
}
