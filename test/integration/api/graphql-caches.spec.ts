import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HttpClient } from '../../support/http-client.js';
import { Installation } from '../../support/installation.js';

const MIB = 1024 * 1024;
/** What each cache may take by itself; docs/api/README.md names them. */
const BOUNDS: Record<string, number> = {
  gate: 4 * MIB,
  documents: 16 * MIB,
  persisted: 4 * MIB,
  compiled: 34 * MIB,
  answers: 16 * MIB,
};
const DOCUMENTS = 2_000;
/** Coarse: what the caches may take, and garbage that waits to be collected. Without bounds it grew by 990 MiB, and went on. */
const MOST_GROWTH = 600 * MIB;

let installation: Installation;
let api: HttpClient;
let viewer: HttpClient;

beforeAll(async () => {
  installation = await Installation.start();
  api = await installation.api({ RATE_LIMIT_REQUESTS: '1000000' });
  viewer = api.as(await installation.token(api, [{ role: 'viewer', clusters: ['*'] }]));
});
afterAll(() => installation?.stop());

async function measured() {
  const { body } = await api.rest<string>('GET', '/metrics');
  const value = (pattern: string) => Number(new RegExp(`^${pattern} (\\S+)`, 'm').exec(body)?.[1]);
  const bytes = Object.keys(BOUNDS).map((cache) => [
    cache,
    value(`node_steward_graphql_cache_bytes\\{cache="${cache}"\\}`),
  ]);
  return { bytes: Object.fromEntries(bytes) as Record<string, number>, rss: value('process_resident_memory_bytes') };
}

/** Some 250 tokens, together in no other document. */
function unique(index: number): string {
  const cluster = 'name cache { state nodeCount podCount staleSeconds }';
  const roots = Array.from({ length: 8 }, (_, i) => `c${index}x${i}: cluster(name: "demo") { ${cluster} }`);
  const fields = Array.from({ length: 20 }, (_, i) => `a${index}x${i}: name`);
  return `query Unique${index} { ${roots.join(' ')} clusters { ${fields.join(' ')} } }`;
}

describe('10.11 thousands of documents that come but once', () => {
  it('leave each cache within its bytes, and the process within its memory', async () => {
    const { data, errors } = await viewer.graphql(unique(0));
    expect({ data, errors }).toMatchObject({ data: { c0x0: { name: 'demo' } }, errors: [] });
    const before = await measured();
    const most = { ...before.bytes };
    let next = 1;
    const ask = async () => {
      for (let index = next++; index <= DOCUMENTS; index = next++) {
        // The second time it is compiled.
        for (let time = 0; time < 2; time += 1) {
          const { status } = await viewer.graphql(unique(index));
          expect(status).toBe(200);
        }
        if (index % 200 !== 0) continue;
        const { bytes } = await measured();
        for (const cache of Object.keys(most)) most[cache] = Math.max(most[cache] as number, bytes[cache] as number);
      }
    };
    await Promise.all([ask(), ask(), ask(), ask()]);
    for (const [cache, bound] of Object.entries(BOUNDS)) {
      expect({ cache, bytes: most[cache] }).toEqual({ cache, bytes: Math.min(bound, most[cache] as number) });
    }
    // They were filled, so that something had to go.
    expect(most.documents).toBeGreaterThan((BOUNDS.documents as number) / 2);
    expect(most.compiled).toBeGreaterThan((BOUNDS.compiled as number) / 2);
    const after = await measured();
    console.log(
      `resident memory: ${Math.round(before.rss / MIB)} MiB before, ${Math.round(after.rss / MIB)} MiB after`,
    );
    expect(after.rss - before.rss).toBeLessThan(MOST_GROWTH);
  }, 400_000);
});
