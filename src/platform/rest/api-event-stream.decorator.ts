import { applyDecorators } from '@nestjs/common';
import {
  ApiExtraModels,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  getSchemaPath,
} from '@nestjs/swagger';
import type { ShapeClass } from '../api/field.decorator.js';

/** How an endpoint with `streamEvents` is published. @param event what each `data` holds */
export function ApiEventStream(operationId: string, summary: string, event: ShapeClass): MethodDecorator {
  const $ref = getSchemaPath(event);
  const name = $ref.split('/').at(-1) ?? '';
  return applyDecorators(
    ApiExtraModels(event),
    ApiOperation({ operationId, summary }),
    ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Resume after this event; 0 or none is all.' }),
    ApiOkResponse({
      description: `Server-sent events; \`data\` is ${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}.`,
      content: {
        'text/event-stream': {
          schema: {
            type: 'string',
            contentMediaType: 'application/json',
            contentSchema: { $ref },
            description: 'Server-sent events; each `data` is JSON of this shape.',
          } as object,
        },
      },
    }),
    ApiNoContentResponse({ description: 'Nothing comes after this event any more.' }),
  );
}
