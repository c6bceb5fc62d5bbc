import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { invalidInput } from '../../kernel/invalid-input.js';
import { printable } from '../../kernel/printable.js';
import { allFields } from '../api/field.decorator.js';
import { requestOf } from '../api/request-of.js';
import { LISTED, type Listed } from './listed.decorator.js';

type Item = Record<string, unknown>;
interface List {
  readonly items: readonly Item[];
  readonly pageInfo?: { readonly endCursor: string | null; readonly hasNextPage: boolean };
}

/** Lists in the form that was asked for. */
@Injectable()
export class ListFormsInterceptor implements NestInterceptor {
  constructor(private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType<string>() !== 'http') return next.handle();
    const listed = this.reflector.get<Listed | undefined>(LISTED, context.getHandler());
    if (!listed) return next.handle();
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const fields = fieldsOf(requestOf(context).fields, listed);
    const asTable = wantsText(request.headers.accept);
    reply.header('vary', 'Accept');
    return next.handle().pipe(
      map((answer: List) => {
        if (fields) return { ...answer, items: answer.items.map((item) => picked(item, fields)) };
        if (!asTable) return answer;
        reply.type('text/plain; charset=utf-8');
        return table(answer, listed.columns as Listed<Item>['columns'], new Date());
      }),
    );
  }
}

/** Text that is named before JSON, or without it: what takes anything gets JSON. */
function wantsText(accept = ''): boolean {
  const types = accept.split(',').map((type) => type.split(';', 1)[0]?.trim().toLowerCase());
  const text = types.indexOf('text/plain');
  const json = types.indexOf('application/json');
  return text >= 0 && (json < 0 || text < json);
}

/** @throws DomainError VALIDATION_FAILED for a field that no item has */
function fieldsOf(given: unknown, { item }: Listed): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const names = [given].flat().flatMap((text) => String(text).split(','));
  const known = allFields(item);
  const unknown = names.find((name) => !known.has(name));
  if (unknown === undefined) return names;
  const message = `names no field: known are ${[...known.keys()].join(', ')}`;
  throw invalidInput([{ pointer: '?fields', code: 'UNKNOWN_FIELD', message }]);
}

const picked = (item: Item, fields: readonly string[]): Item =>
  Object.fromEntries(fields.map((name) => [name, item[name]]));

const MAX_WIDTH = 60;

function table(list: List, columns: Listed<Item>['columns'], now: Date): string {
  const rows = list.items.map((item) => columns.map(([, of]) => cell(of(item, now))));
  const all = [columns.map(([head]) => head), ...rows];
  const widths = columns.map((_, index) => Math.max(...all.map((row) => (row[index] as string).length)));
  const lines = all.map((row) =>
    row
      .map((text, index) => text.padEnd(widths[index] as number))
      .join('   ')
      .trimEnd(),
  );
  const more = list.pageInfo?.hasNextPage ? [`# more: after=${list.pageInfo.endCursor}`] : [];
  return `${[...lines, ...more].join('\n')}\n`;
}

function cell(value: unknown): string {
  const text = printable(String(value ?? '')).replaceAll(/\s+/g, ' ');
  if (text === '') return '<none>';
  return text.length > MAX_WIDTH ? `${text.slice(0, MAX_WIDTH - 1)}…` : text;
}
