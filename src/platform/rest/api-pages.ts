import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { createApiDocument } from './api-document.js';

/** The API document and its page, both without credentials: they say what exists, not what is in it. */
export function installApiPages(app: NestFastifyApplication, prefix: string): void {
  let document: OpenAPIObject | undefined;
  const documentOnce = () => {
    document ??= createApiDocument(app);
    return document;
  };
  SwaggerModule.setup('docs', app, documentOnce, {
    raw: ['json'],
    jsonDocumentUrl: `${prefix}/openapi.json`,
    customSiteTitle: 'Node Steward API',
    swaggerOptions: { displayRequestDuration: true, tagsSorter: 'alpha', operationsSorter: 'alpha' },
  });
}
