import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, getSchemaPath, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ProblemDto, ViolationDto } from './problem.dto.js';

const DESCRIPTION =
  'Audited operations on Kubernetes nodes. Send an API token as `Authorization: Bearer ns_…`. Errors are problem documents ' +
  '(RFC 9457) with a stable `code`. The same use cases are offered by GraphQL at `/graphql`.';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The OpenAPI 3.1 document of all controllers. Paths and schemas are sorted, so that the committed file changes little. */
export function createApiDocument(app: INestApplication): OpenAPIObject {
  const base = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Node Steward')
    .setDescription(DESCRIPTION)
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'API token' })
    .addSecurityRequirements('bearer')
    .build();
  const document = SwaggerModule.createDocument(app, base, {
    extraModels: [ProblemDto, ViolationDto],
    operationIdFactory: (_controller, method) => method,
  });
  const problem = describedProblem();
  for (const item of Object.values(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) operation.responses.default ??= problem;
    }
  }
  const schemas = document.components?.schemas;
  addViolations(schemas?.Problem as { properties?: Record<string, unknown> } | undefined);
  return {
    ...document,
    paths: sorted(document.paths),
    components: { ...document.components, schemas: sorted(schemas ?? {}) },
  };
}

function describedProblem() {
  const schema = { $ref: '#/components/schemas/Problem' };
  return { description: 'A problem.', content: { 'application/problem+json': { schema } } };
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
