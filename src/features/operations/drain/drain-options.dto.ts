import { defineEnum } from '../../../platform/api/define-enum.js';
import { Field } from '../../../platform/api/field.decorator.js';
import { InputShape } from '../../../platform/api/shape.decorator.js';
import { EVICTION_ORDERS, type EvictionOrder, ON_FAILURE, type OnFailure } from './drain-options.js';

export const OnFailureEnum = defineEnum(
  'OnFailure',
  {
    KEEP_CORDONED: 'The node stays cordoned, as with kubectl.',
    RESTORE: 'The own cordon is taken back.',
  } satisfies Record<(typeof ON_FAILURE)[number], string>,
  'What becomes of the own cordon when a drain fails.',
);
export const EvictionOrderEnum = defineEnum(
  'EvictionOrder',
  {
    PRIORITY_THEN_SLOWEST: 'Lower priority first; among equals those that take longest.',
    PRIORITY: 'Lower priority first.',
    SLOWEST: 'Those that take longest first.',
    NAME: 'By namespace and name.',
  } satisfies Record<(typeof EVICTION_ORDERS)[number], string>,
  'Order of evictions within a tier.',
);

const DAY = 86_400;

/** Ranges are checked again by the domain, which also knows what doesn't go together. */
@InputShape('DrainOptions', "kubectl drain's options under their names in camelCase, and some that it has not.")
export class DrainOptionsDto {
  @Field({ nullable: true, description: 'Also remove pods without a controller.' })
  force?: boolean;

  @Field({ nullable: true, description: 'Leave pods of DaemonSets alone instead of refusing.' })
  ignoreDaemonSets?: boolean;

  @Field({ nullable: true, description: 'Also remove pods with emptyDir volumes; their data is lost.' })
  deleteEmptyDirData?: boolean;

  @Field({
    nullable: true,
    description: 'Delete instead of evict, without asking disruption budgets. Needs its own right.',
  })
  disableEviction?: boolean;

  @Field({ type: 'int', min: -1, max: DAY, nullable: true, description: "-1 is the pod's own, 0 is at once." })
  gracePeriodSeconds?: number;

  @Field({
    type: 'int',
    min: 0,
    max: 7 * DAY,
    nullable: true,
    description: 'Wall-clock limit of the drain; 0 is none.',
  })
  timeoutSeconds?: number;

  @Field({
    type: 'int',
    min: 0,
    max: 7 * DAY,
    nullable: true,
    description: 'Do not wait for pods whose deletion is overdue for longer than this; 0 waits for all.',
  })
  skipWaitForDeleteTimeoutSeconds?: number;

  @Field({ nullable: true, maxLength: 4096, description: 'Only pods with these labels.', example: 'tier!=cache' })
  podSelector?: string;

  @Field({ enum: OnFailureEnum, nullable: true, description: 'What to do with the own cordon on failure.' })
  onFailure?: OnFailure;

  @Field({ type: 'int', min: 1, max: 100, nullable: true, description: 'Eviction requests at the same time.' })
  maxParallelEvictions?: number;

  @Field({ nullable: true, description: 'Wait until the volumes of removed pods are detached.' })
  waitForVolumeDetach?: boolean;

  @Field({ type: 'int', min: 1, max: DAY, nullable: true, description: 'Limit of that wait.' })
  volumeDetachTimeoutSeconds?: number;

  @Field({
    type: 'int',
    min: 1,
    max: 7 * DAY,
    nullable: true,
    description: 'Delete pods that still wait for a budget after this time. Needs its own right.',
  })
  escalateAfterSeconds?: number;

  @Field({ enum: EvictionOrderEnum, nullable: true, description: 'Order within a tier.' })
  evictionOrder?: EvictionOrder;

  @Field({
    type: 'int',
    list: true,
    maxItems: 10,
    nullable: true,
    description:
      'Ascending priorities that begin a new tier; a tier starts when the pods of all earlier ones are gone.',
  })
  priorityTiers?: number[];

  @Field({
    nullable: true,
    minLength: 64,
    maxLength: 64,
    pattern: /^[0-9a-f]{64}$/,
    description: 'Hash of the plan that was agreed on: the drain is refused if the live plan differs in substance.',
  })
  planHash?: string;
}
