import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { expect, it } from 'vitest';
import { projectRoot } from '../support/project-root.js';

it('every query, mutation and subscription of the published schema is asked for in a test', () => {
  const schema = buildSchema(readFileSync(join(projectRoot, 'docs/api/schema.graphql'), 'utf8'), { assumeValid: true });
  const text = ['test/integration', 'test/e2e', 'test/support']
    .flatMap((folder) =>
      readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file)),
    )
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(projectRoot, file), 'utf8'))
    .join('\n');
  const fields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap((type) =>
    Object.keys(type?.getFields() ?? {}),
  );
  const asked = (name: string) => new RegExp(`\\b${name}\\b`).test(text);
  expect(fields.length).toBeGreaterThan(50);
  expect(fields.filter((name) => !asked(name))).toEqual([]);
});
