import { ApiError } from '../store/api-error.js';
import type { Json } from '../store/kube-object.js';

/**
 * kubectl sends a few of its own request bodies as protobuf (options of a deletion, access reviews, approvals) and does not
 * fall back to JSON. These messages, and no others, are decoded here; answers are always JSON.
 */
type FieldType = 'string' | 'bytes' | 'int' | 'bool' | 'time' | 'stringMap' | 'bytesMap' | Message;
interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly repeated?: boolean;
}
type Message = Readonly<Record<number, Field>>;

const text = (name: string): Field => ({ name, type: 'string' });
const texts = (name: string): Field => ({ name, type: 'string', repeated: true });
const part = (name: string, type: FieldType): Field => ({ name, type });

const OWNER: Message = {
  1: text('kind'),
  3: text('name'),
  4: text('uid'),
  5: text('apiVersion'),
  6: part('controller', 'bool'),
  7: part('blockOwnerDeletion', 'bool'),
};
const META: Message = {
  1: text('name'),
  2: text('generateName'),
  3: text('namespace'),
  5: text('uid'),
  6: text('resourceVersion'),
  7: part('generation', 'int'),
  8: part('creationTimestamp', 'time'),
  9: part('deletionTimestamp', 'time'),
  10: part('deletionGracePeriodSeconds', 'int'),
  11: part('labels', 'stringMap'),
  12: part('annotations', 'stringMap'),
  13: { name: 'ownerReferences', type: OWNER, repeated: true },
  14: texts('finalizers'),
};
const DELETE_OPTIONS: Message = {
  1: part('gracePeriodSeconds', 'int'),
  2: part('preconditions', { 1: text('uid'), 2: text('resourceVersion') }),
  3: part('orphanDependents', 'bool'),
  4: text('propagationPolicy'),
  5: texts('dryRun'),
};
const RESOURCE_ATTRIBUTES: Message = {
  1: text('namespace'),
  2: text('verb'),
  3: text('group'),
  4: text('version'),
  5: text('resource'),
  6: text('subresource'),
  7: text('name'),
};
const CSR_CONDITION: Message = {
  1: text('type'),
  2: text('reason'),
  3: text('message'),
  4: part('lastUpdateTime', 'time'),
  5: part('lastTransitionTime', 'time'),
  6: text('status'),
};
const CSR_SPEC: Message = {
  1: part('request', 'bytes'),
  2: text('username'),
  3: text('uid'),
  4: texts('groups'),
  5: texts('usages'),
  7: text('signerName'),
  8: part('expirationSeconds', 'int'),
};
const CSR_STATUS: Message = {
  1: { name: 'conditions', type: CSR_CONDITION, repeated: true },
  2: part('certificate', 'bytes'),
};
const metadata = part('metadata', META);

const MESSAGES: Readonly<Record<string, Message>> = {
  DeleteOptions: DELETE_OPTIONS,
  Eviction: { 1: metadata, 2: part('deleteOptions', DELETE_OPTIONS) },
  SelfSubjectReview: { 1: metadata },
  SelfSubjectAccessReview: {
    1: metadata,
    2: part('spec', {
      1: part('resourceAttributes', RESOURCE_ATTRIBUTES),
      2: part('nonResourceAttributes', { 1: text('path'), 2: text('verb') }),
    }),
  },
  ConfigMap: {
    1: metadata,
    2: part('data', 'stringMap'),
    3: part('binaryData', 'bytesMap'),
    4: part('immutable', 'bool'),
  },
  Namespace: { 1: metadata, 2: part('spec', { 1: texts('finalizers') }) },
  ServiceAccount: { 1: metadata },
  CertificateSigningRequest: { 1: metadata, 2: part('spec', CSR_SPEC), 3: part('status', CSR_STATUS) },
};

const ENVELOPE: Message = {
  1: part('type', { 1: text('apiVersion'), 2: text('kind') }),
  2: part('raw', 'bytes'),
};

export function decodeProtobuf(body: Buffer): Json {
  if (body.length === 0) return undefined;
  if (body.subarray(0, 4).toString('latin1') !== 'k8s\0') throw unsupported('the body is not a Kubernetes protobuf');
  const { type, raw } = decode(body.subarray(4), ENVELOPE);
  const message = MESSAGES[type?.kind];
  if (!message) throw unsupported(`the simulated cluster reads ${type?.kind} as JSON only`);
  const object = decode(Buffer.from(raw ?? '', 'base64'), message);
  return { ...object, apiVersion: type.apiVersion, kind: type.kind };
}

function unsupported(why: string): ApiError {
  const message = `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml (${why})`;
  return new ApiError(415, 'UnsupportedMediaType', message);
}

function decode(buffer: Buffer, message: Message): Json {
  const result: Json = {};
  let offset = 0;
  const varint = (): number => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer[offset++];
      if (byte === undefined) throw ApiError.badRequest('the protobuf body ends too early');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, value));
    }
  };
  while (offset < buffer.length) {
    const tag = varint();
    const field = message[tag >> 3];
    const wire = tag & 7;
    if (wire === 0) {
      const value = varint();
      if (field) result[field.name] = field.type === 'bool' ? value !== 0 : value;
      continue;
    }
    const length = wire === 2 ? varint() : wire === 1 ? 8 : 4;
    const value = buffer.subarray(offset, offset + length);
    offset += length;
    if (field && wire === 2) assign(result, field, value);
  }
  return result;
}

function assign(result: Json, { name, type, repeated }: Field, value: Buffer): void {
  if (repeated) {
    result[name] ??= [];
    result[name].push(read(type, value));
  } else if (type === 'stringMap' || type === 'bytesMap') {
    const entry = decode(value, { 1: text('key'), 2: part('value', type === 'stringMap' ? 'string' : 'bytes') });
    result[name] = { ...result[name], [entry.key ?? '']: entry.value ?? '' };
  } else result[name] = read(type, value);
}

function read(type: FieldType, value: Buffer): Json {
  if (type === 'bytes') return value.toString('base64');
  if (type === 'time') return timeOf(decode(value, { 1: part('seconds', 'int') }).seconds);
  return typeof type === 'object' ? decode(value, type) : value.toString('utf8');
}

/** A zero time is how Go writes "not set". */
function timeOf(seconds: number | undefined): string | undefined {
  return seconds === undefined || seconds < 0 ? undefined : `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
}
