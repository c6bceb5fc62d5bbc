import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiProduces, ApiQuery } from '@nestjs/swagger';
import type { ShapeClass } from '../api/field.decorator.js';

export const LISTED = 'node-steward:listed';
export const FIELDS_PARAMETER = 'fields';

/** A column of the table that people read: its head, and what of an item it shows. */
export type Column<T> = readonly [head: string, of: (item: T, now: Date) => unknown];

export interface Listed<T = never> {
  readonly item: ShapeClass;
  readonly columns: readonly Column<T>[];
}

/**
 * The list that a handler answers with can be had in other forms: with only the fields that `?fields=` names, or with
 * `Accept: text/plain` as a table like kubectl's.
 */
export function ListForms<T extends object>(item: new () => T, columns: readonly Column<T>[]): MethodDecorator {
  return applyDecorators(
    SetMetadata(LISTED, { item, columns }),
    ApiQuery({
      name: FIELDS_PARAMETER,
      required: false,
      description: 'Only these fields of each item, separated by commas.',
      schema: { type: 'string', maxLength: 1_024 },
    }),
    ApiProduces('application/json', 'text/plain'),
  );
}
