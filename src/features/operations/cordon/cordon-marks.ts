import type { NodePatch } from '../engine/node-gateway.port.js';

/** Annotations that come with a cordon, and say which operation made it. */
export const OPERATION_MARK = 'node-steward.dev/operation';
/** Whether the node was unschedulable before. */
export const PRIOR_MARK = 'node-steward.dev/prior-unschedulable';

export const hasCordonMarks = (annotations: Readonly<Record<string, string>>): boolean =>
  OPERATION_MARK in annotations || PRIOR_MARK in annotations;

export const WITHOUT_MARKS = { annotations: { [OPERATION_MARK]: null, [PRIOR_MARK]: null } } satisfies NodePatch;
