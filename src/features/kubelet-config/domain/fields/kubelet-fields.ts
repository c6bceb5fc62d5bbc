import type { JsonObject } from '../json/json-value.js';
import type { FieldSpec } from './field-spec.js';
import { IMAGE_AND_LOG_FIELDS } from './image-and-log-fields.js';
import { NODE_FIELDS } from './node-fields.js';
import { POD_FIELDS } from './pod-fields.js';
import { RESOURCE_FIELDS } from './resource-fields.js';
import { SERVER_FIELDS } from './server-fields.js';

export const API_VERSION = 'kubelet.config.k8s.io/v1beta1';
export const KIND = 'KubeletConfiguration';

/** Every field of KubeletConfiguration v1beta1: the 125 of Kubernetes 1.36 and the one that 1.37 adds, by name. */
export const KUBELET_FIELDS: ReadonlyMap<string, FieldSpec> = new Map(
  [...SERVER_FIELDS, ...POD_FIELDS, ...IMAGE_AND_LOG_FIELDS, ...RESOURCE_FIELDS, ...NODE_FIELDS].map((spec) => [
    spec.name,
    spec,
  ]),
);

/** What a kubelet without any configuration runs with. */
export const KUBELET_DEFAULTS: Readonly<JsonObject> = Object.fromEntries(
  [...KUBELET_FIELDS.values()].flatMap((spec) => (spec.default === undefined ? [] : [[spec.name, spec.default]])),
);
