import { createRequire } from 'node:module';
import type { OpenAPIObject } from '@nestjs/swagger';

interface Sampler {
  sample(schema: object, options: object, document: object): unknown;
}

// Its ES module build is not one that Node can import by name.
const load = createRequire(import.meta.url);

/** A body that the schema allows, made of the examples of its fields. */
export function exampleOf(document: OpenAPIObject, schema: object): unknown {
  // Loaded here: every process knows the examples of fields, and only who asks for the document needs a sample.
  const { sample } = load('openapi-sampler') as Sampler;
  return sample(schema, { skipNonRequired: false, quiet: true, maxSampleDepth: 8 }, document);
}

/** Values for fields of these names, wherever they occur: a reader should see what such a thing looks like. */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  id: '0197f2a4-6f3c-7d2e-9b1a-5c8e4f0a7d31',
  operationId: '0197f2a4-6f3c-7d2e-9b1a-5c8e4f0a7d31',
  cluster: 'demo',
  clusters: ['demo'],
  node: 'worker-1',
  name: 'worker-1',
  namespace: 'shop',
  pod: 'web-0',
  reason: 'kernel update',
  ticket: 'OPS-1234',
  message: 'the budget web-budget allows no disruption now',
  endCursor: 'WyJ3b3JrZXItMSJd',
  cursor: 'WyJ3b3JrZXItMSJd',
  uid: '5f0c2a41-9a3e-4d0e-8a64-1f2b3c4d5e6f',
  nodeUid: '5f0c2a41-9a3e-4d0e-8a64-1f2b3c4d5e6f',
  displayName: 'Alice',
  labelSelector: 'node-role.kubernetes.io/worker',
  podSelector: 'app=web',
  service: ['kubelet'],
  planHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  requestId: '3f0c1c1e-6b1a-4b52-9a52-0d3a5b8f7c11',
};
