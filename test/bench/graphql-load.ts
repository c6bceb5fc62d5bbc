import { Pool } from 'undici';

export interface GraphqlLoad {
  readonly url: string;
  readonly authorization?: string;
  readonly query: string;
  readonly connections: number;
  readonly seconds: number;
  /** Characters that every answer must have at least, so that an error is not counted as a quick answer. */
  readonly minimumLength: number;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly failures: number;
}

/** A process of its own that asks as fast as it is answered, on a fixed number of connections. */
async function main(load: GraphqlLoad): Promise<LoadResult> {
  const { origin, pathname } = new URL(load.url);
  const pool = new Pool(origin, { connections: load.connections, pipelining: 1 });
  const headers = {
    'content-type': 'application/json',
    ...(load.authorization ? { authorization: load.authorization } : {}),
  };
  const body = JSON.stringify({ query: load.query });
  let requests = 0;
  let failures = 0;
  const start = performance.now();
  const end = start + load.seconds * 1000;
  const ask = async () => {
    while (performance.now() < end) {
      const answer = await pool.request({ path: pathname, method: 'POST', headers, body });
      const { byteLength } = await answer.body.arrayBuffer();
      if (answer.statusCode === 200 && byteLength >= load.minimumLength) requests += 1;
      else failures += 1;
    }
  };
  await Promise.all(Array.from({ length: load.connections }, ask));
  const requestsPerSecond = requests / ((performance.now() - start) / 1000);
  await pool.close();
  return { requestsPerSecond, failures };
}

process.once('message', (load: GraphqlLoad) => {
  main(load).then(
    (result) => process.send?.(result, () => process.disconnect()),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
