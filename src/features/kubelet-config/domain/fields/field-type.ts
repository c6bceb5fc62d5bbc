import { EVICTION_SIGNALS } from '../parsing/eviction-threshold.js';

/** What a field may hold. The checker walks these; `check` returns why a value of the right type is still refused. */
export type FieldType =
  | { kind: 'boolean' }
  | { kind: 'integer'; min: number; max: number }
  | { kind: 'number'; above: number; max: number }
  | { kind: 'string'; enum?: readonly string[]; check?: (value: string) => string | undefined }
  /** Text, as `metav1.Duration`; `nanoseconds` where the decoder takes their number too. */
  | { kind: 'duration'; min?: bigint; max?: bigint; range?: string; nanoseconds?: true }
  /** Text that the kubelet parses after decoding; `numbers` where its type is a quantity, which decodes from a number too. */
  | { kind: 'quantity'; positive: boolean; numbers?: true }
  | { kind: 'threshold'; allowZero: boolean }
  | { kind: 'cpuset' }
  | { kind: 'list'; items: FieldType; unique: boolean }
  | { kind: 'map'; values: FieldType; checkKey?: (key: string) => string | undefined }
  | { kind: 'object'; properties: Record<string, FieldType>; required: readonly string[] };

export const SECOND = 1_000_000_000n;
export const MILLISECOND = 1_000_000n;
export const INT32_MAX = 2_147_483_647;
/** Kubernetes counts in int64, JSON numbers are exact up to here. */
export const INT53_MAX = Number.MAX_SAFE_INTEGER;
const INT32_MIN = -2_147_483_648;

export const bool: FieldType = { kind: 'boolean' };
export const int = (min = INT32_MIN, max = INT32_MAX): FieldType => ({ kind: 'integer', min, max });
export const port = int(1, 65535);
/** Zero switches the port off. */
export const portOrOff = int(0, 65535);
export const percent = int(0, 100);
export const text = (check?: (value: string) => string | undefined): FieldType =>
  check ? { kind: 'string', check } : { kind: 'string' };
export const oneOf = (...values: string[]): FieldType => ({ kind: 'string', enum: values });
export const list = (items: FieldType, unique = false): FieldType => ({ kind: 'list', items, unique });
export const map = (values: FieldType, checkKey?: (key: string) => string | undefined): FieldType =>
  checkKey ? { kind: 'map', values, checkKey } : { kind: 'map', values };
export const object = (properties: Record<string, FieldType>, ...required: string[]): FieldType => ({
  kind: 'object',
  properties,
  required,
});
export const quantity: FieldType = { kind: 'quantity', positive: false };
export const decodedQuantity: FieldType = { kind: 'quantity', positive: false, numbers: true };
export const positiveQuantity: FieldType = { kind: 'quantity', positive: true };

/** A duration that may be zero, where zero means the default or "off". */
export const duration: FieldType = { kind: 'duration', min: 0n, range: 'must not be negative' };
export const durationAtLeast = (min: bigint, range: string): FieldType => ({ kind: 'duration', min, range });
export const durationBetween = (min: bigint, max: bigint, range: string): FieldType => ({
  kind: 'duration',
  min,
  max,
  range,
});

const isSignal = (key: string) =>
  (EVICTION_SIGNALS as readonly string[]).includes(key)
    ? undefined
    : `is not an eviction signal; known ones are ${EVICTION_SIGNALS.join(', ')}`;

export const evictionThresholds = map({ kind: 'threshold', allowZero: false }, isSignal);
export const evictionReclaims = map({ kind: 'threshold', allowZero: true }, isSignal);
export const evictionGracePeriods = map(duration, isSignal);

const isAbsolute = (value: string) => value.startsWith('/') || /^[A-Za-z]:[\\/]/.test(value);
/** Empty text is how Go leaves a path unset. */
export const path = text((value) => (value === '' || isAbsolute(value) ? undefined : 'must be an absolute path'));
export const cgroupName = text((value) =>
  value === '' || /^\/?[A-Za-z0-9._@:/-]+$/.test(value) ? undefined : 'must be a cgroup name such as /kubelet.slice',
);
