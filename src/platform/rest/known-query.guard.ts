import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { DomainError } from '../../kernel/domain-error.js';
import { allFields, type ShapeClass } from '../api/field.decorator.js';
import { type ApiRequest, requestOf } from '../api/request-of.js';
import { FIELDS_PARAMETER, LISTED } from './listed.decorator.js';

/**
 * Refuses query parameters that the handler doesn't declare (`@Query('wait')`, or a field of its query shape): a filter
 * with a typing error must not answer with everything.
 */
@Injectable()
export class KnownQueryGuard implements CanActivate {
  private readonly known = new WeakMap<object, Set<string>>();

  canActivate(context: ExecutionContext): boolean {
    if (context.getType<string>() !== 'http') return true;
    const { raw } = requestOf(context);
    const query = Object.keys((raw?.query ?? {}) as object);
    if (query.length === 0) return true;
    const known = this.parametersOf(context);
    const violations = query
      .filter((name) => !known.has(name))
      .map((name) => ({ pointer: `?${name}`, code: 'UNKNOWN_FIELD', message: 'is not a known parameter' }));
    if (violations.length === 0) {
      takeFields(requestOf(context));
      return true;
    }
    throw new DomainError('VALIDATION_FAILED', `${violations[0]?.pointer} is not a known parameter.`, { violations });
  }

  private parametersOf(context: ExecutionContext): Set<string> {
    const handler = context.getHandler();
    const cached = this.known.get(handler);
    if (cached) return cached;
    const owner = context.getClass();
    const args: Record<string, { index: number; data?: unknown }> =
      Reflect.getMetadata(ROUTE_ARGS_METADATA, owner, handler.name) ?? {};
    const types: unknown[] = Reflect.getMetadata('design:paramtypes', owner.prototype, handler.name) ?? [];
    const names = new Set<string>();
    for (const [key, { index, data }] of Object.entries(args)) {
      if (!key.startsWith(`${RouteParamtypes.QUERY}:`)) continue;
      if (typeof data === 'string') names.add(data);
      else for (const name of allFields(types[index] as ShapeClass).keys()) names.add(name);
    }
    if (Reflect.hasMetadata(LISTED, handler)) names.add(FIELDS_PARAMETER);
    this.known.set(handler, names);
    return names;
  }
}

/** It is about the form of the answer: the use case has no such filter. */
function takeFields(request: ApiRequest): void {
  const query = request.raw?.query as Record<string, unknown>;
  if (!(FIELDS_PARAMETER in query)) return;
  request.fields = query[FIELDS_PARAMETER];
  delete query[FIELDS_PARAMETER];
}
