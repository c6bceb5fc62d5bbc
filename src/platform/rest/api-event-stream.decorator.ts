import { applyDecorators } from '@nestjs/common';
import { ApiHeader, ApiNoContentResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';

/** How an endpoint with `streamEvents` is published. @param event the shape of each `data`, with its article */
export const ApiEventStream = (operationId: string, summary: string, event: string) =>
  applyDecorators(
    ApiOperation({ operationId, summary }),
    ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Resume after this event; 0 or none is all.' }),
    ApiOkResponse({
      description: `Server-sent events; \`data\` is ${event}.`,
      content: { 'text/event-stream': { schema: { type: 'string' } } },
    }),
    ApiNoContentResponse({ description: 'Nothing comes after this event any more.' }),
  );
