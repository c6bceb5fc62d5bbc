import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { NestFactory } from '@nestjs/core';
import { GraphQLSchemaHost } from '@nestjs/graphql';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { ApiModule } from './api.module.js';
import { loadConfig } from './config/app-config.js';
import { prefixApi } from './create-http-app.js';
import { breakingGraphqlChanges, breakingRestChanges } from './platform/rest/api-changes.js';
import { createApiDocument } from './platform/rest/api-document.js';

const USAGE = `Writes docs/api/schema.graphql and docs/api/openapi.json from the code.
  --check            changes nothing; fails if the files are not up to date
  --allow-breaking   accepts changes that break callers
`;
const FOLDER = 'docs/api';
const FILES = { graphql: `${FOLDER}/schema.graphql`, rest: `${FOLDER}/openapi.json` };

interface ApiFiles {
  graphql: string;
  rest: string;
}

/** The API as the code says it is. Preview mode builds no provider, so neither a database nor a cluster is needed. */
async function describeApi(): Promise<ApiFiles> {
  const placeholders = {
    DATABASE_URL: 'postgres://unused/unused',
    KUBERNETES_SERVICE_HOST: 'unused',
    LOG_LEVEL: 'silent',
  };
  const config = loadConfig(placeholders, false);
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.of(config), new FastifyAdapter(), {
    preview: true,
    logger: false,
    abortOnError: false,
  });
  prefixApi(app);
  await app.init();
  const { schema } = app.get(GraphQLSchemaHost, { strict: false });
  return {
    graphql: `${printSchema(lexicographicSortSchema(schema))}\n`,
    rest: `${JSON.stringify(createApiDocument(app), null, 2)}\n`,
  };
}

async function committed(): Promise<ApiFiles | undefined> {
  if (!existsSync(FILES.graphql) || !existsSync(FILES.rest)) return undefined;
  return { graphql: await readFile(FILES.graphql, 'utf8'), rest: await readFile(FILES.rest, 'utf8') };
}

function fail(lines: string[]): never {
  process.stderr.write(`${lines.join('\n')}\n`);
  process.exit(1);
}

const options = process.argv.slice(2);
if (options.some((option) => !['--check', '--allow-breaking'].includes(option))) fail([USAGE]);
const api = await describeApi();
const before = await committed();
if (options.includes('--check')) {
  const stale = (['graphql', 'rest'] as const)
    .filter((name) => before?.[name] !== api[name])
    .map((name) => FILES[name]);
  if (stale.length > 0) fail([`not up to date: ${stale.join(', ')}. Run "npm run schema" and commit the result.`]);
} else {
  const breaking = before
    ? [
        ...breakingGraphqlChanges(before.graphql, api.graphql),
        ...breakingRestChanges(JSON.parse(before.rest), JSON.parse(api.rest)),
      ]
    : [];
  if (breaking.length > 0 && !options.includes('--allow-breaking')) {
    fail([...breaking, 'These changes break callers. If that is meant: npm run schema -- --allow-breaking']);
  }
  await mkdir(FOLDER, { recursive: true });
  await writeFile(FILES.graphql, api.graphql);
  await writeFile(FILES.rest, api.rest);
}
// The drivers behind the modules keep timers; nothing here waits for them.
process.exit(0);
