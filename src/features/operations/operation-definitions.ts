import { CORDON } from './cordon/cordon-definition.js';
import { UNCORDON } from './cordon/uncordon-definition.js';
import { DRAIN } from './drain/drain-definition.js';
import type { OperationDefinition, RunActionDefinition } from './engine/operation-definition.js';
import { RESTART_KUBELET } from './kubelet/restart-definition.js';
import { SET_VERBOSITY } from './kubelet/verbosity-definition.js';

/** Every type of operation there is, in the order in which they are published. */
const OPERATION_DEFINITIONS = [CORDON, UNCORDON, DRAIN, RESTART_KUBELET, SET_VERBOSITY] as const;

type Defined = (typeof OPERATION_DEFINITIONS)[number];

export type OperationType = Defined['type'];

/** Literal names, so that the compiler finds a right that access control doesn't know. */
export type OperationRight = Defined['right'] | Extract<Defined, { furtherRight: unknown }>['furtherRight']['right'];

/** Of the approval policies. */
export type OperationApprovalKind = Extract<Defined, { approval: unknown }>['approval']['kind'];

export type MaintenanceAction = Defined['runActions'][number]['action'];

export interface KnownOperation extends OperationDefinition {
  readonly type: OperationType;
  readonly right: OperationRight;
  readonly furtherRight?: NonNullable<OperationDefinition['furtherRight']> & { readonly right: OperationRight };
  readonly approval?: NonNullable<OperationDefinition['approval']> & { readonly kind: OperationApprovalKind };
}

/** An action of a run, with the type of operation that it starts on each node. */
export interface KnownRunAction extends RunActionDefinition {
  readonly action: MaintenanceAction;
  readonly operation: KnownOperation;
}

const known: readonly KnownOperation[] = OPERATION_DEFINITIONS;
const byType = new Map(known.map((definition) => [definition.type, definition]));
const runActions = known.flatMap((operation) =>
  operation.runActions.map((action) => ({ ...action, operation }) as KnownRunAction),
);
const byAction = new Map(runActions.map((action) => [action.action, action]));

export const OPERATION_TYPES: readonly OperationType[] = known.map(({ type }) => type);
export const MAINTENANCE_ACTIONS: readonly MaintenanceAction[] = runActions.map(({ action }) => action);

/** What the published enums say of each. */
export const OPERATION_MEANINGS = Object.fromEntries(known.map(({ type, meaning }) => [type, meaning])) as Readonly<
  Record<OperationType, string>
>;
export const MAINTENANCE_ACTION_MEANINGS = Object.fromEntries(
  runActions.map(({ action, meaning }) => [action, meaning]),
) as Readonly<Record<MaintenanceAction, string>>;

export function definitionOf(type: OperationType): KnownOperation {
  const definition = byType.get(type);
  if (!definition) throw new Error(`there is no type of operation ${type}`);
  return definition;
}

export function runActionOf(action: MaintenanceAction): KnownRunAction {
  const definition = byAction.get(action);
  if (!definition) throw new Error(`there is no action ${action} of maintenance runs`);
  return definition;
}

/** What approval policies can name, with the right that executing it takes. */
export const APPROVAL_SUBJECTS: readonly { readonly kind: OperationApprovalKind; readonly right: OperationRight }[] =
  known.flatMap(({ approval, right }) => (approval ? [{ kind: approval.kind, right }] : []));

/** The rights that an operation with these options takes on its node; the first is the one that audit events name. */
export function rightsOf(
  { right, furtherRight }: KnownOperation,
  options: Readonly<Record<string, unknown>>,
): [OperationRight, ...OperationRight[]] {
  return furtherRight?.takenBy(options) ? [right, furtherRight.right] : [right];
}
