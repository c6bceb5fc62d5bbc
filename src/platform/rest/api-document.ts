import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, getSchemaPath, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ProblemDto, ViolationDto } from '../api/problem.dto.js';
import { completeOperations } from './api-operations.js';

const DESCRIPTION =
  'Audited operations on Kubernetes nodes. Send an API token as `Authorization: Bearer ns_…`. Errors are problem documents ' +
  '(RFC 9457) with a stable `code`. The same use cases are offered by GraphQL at `/graphql`.';

const TAGS = {
  Access: 'Who the caller is, what he may do, and API tokens.',
  Approvals: 'Requests that wait for people, their reviews, policies, freeze windows and delegations.',
  Audit: 'The append-only trail of everything that acted, was denied, or read what counts.',
  Certificates: 'Requests of kubelets for serving certificates.',
  Clusters: 'The clusters that the service is connected to.',
  Kubelet: 'Health, configuration, flags, figures and metrics of a kubelet.',
  'Kubelet config changes': 'Requests to change KubeletConfiguration fields on selected nodes.',
  Logs: 'Logs of node services and of containers.',
  'Maintenance runs': 'Rolling operations over many nodes.',
  Nodes: 'Nodes, their pods and their events.',
  Operations: 'Durable actions on one node: cordon, uncordon, drain, kubelet operations.',
  Posture: 'Security posture and drift of kubelets, by node and by fleet.',
} as const;

/** The OpenAPI 3.1 document of all controllers. Paths and schemas are sorted, so that the committed file changes little. */
export function createApiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Node Steward')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'The service that this document comes from.')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'API token' })
    .addSecurityRequirements('bearer');
  for (const [name, description] of Object.entries(TAGS)) builder.addTag(name, description);
  const base = builder.build();

  const document = SwaggerModule.createDocument(app, base, {
    extraModels: [ProblemDto, ViolationDto],
    operationIdFactory: (_controller, method) => method,
  });
  const schemas = document.components?.schemas;
  completeOperations(document);
  addViolations(schemas?.Problem as { properties?: Record<string, unknown> } | undefined);
  return {
    ...document,
    paths: sorted(document.paths),
    components: { ...document.components, schemas: sorted(schemas ?? {}) },
  };
}

/** `errors` is there for faults in the input only, which a shape of outputs can't say: their fields are always present. */
function addViolations(problem: { properties?: Record<string, unknown> } | undefined): void {
  if (!problem?.properties) return;
  const items = { $ref: getSchemaPath('Violation') };
  problem.properties.errors = { type: 'array', items, description: 'All faults of an input, for VALIDATION_FAILED.' };
}

function sorted<T>(members: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}
