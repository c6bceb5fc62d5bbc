import type { ResolvedField } from './field.decorator.js';

/** Query parameters arrive as text: turns them into what their field says. Text that doesn't fit stays, and is refused. */
export function coerceQuery(
  query: Record<string, unknown>,
  fields: ReadonlyMap<string, ResolvedField>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query ?? {}).map(([name, value]) => {
      const field = fields.get(name);
      if (!field) return [name, value];
      if (!field.list) return [name, coerce(value, field)];
      const items = (Array.isArray(value) ? value : [value]).flatMap((v) =>
        typeof v === 'string' ? v.split(',') : [v],
      );
      return [name, items.map((item) => coerce(item, field))];
    }),
  );
}

function coerce(value: unknown, field: ResolvedField): unknown {
  if (typeof value !== 'string') return value;
  if ((field.type === 'int' || field.type === 'number') && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (field.type === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}
