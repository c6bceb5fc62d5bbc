import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import { parse } from 'yaml';

// biome-ignore lint/suspicious/noExplicitAny: objects of any kind
export type WatchEvent = { type: string; object: any };

/** Watches a path of the cluster past both tools. Resolves when the watch is open; the function given back ends it. */
export async function watchObjects(
  kubeconfigPath: string,
  path: string,
  onEvent: (event: WatchEvent) => void,
): Promise<() => Promise<void>> {
  const { clusters, users } = parse(readFileSync(kubeconfigPath, 'utf8'));
  const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
  const dispatcher = new Agent({ connect: { ca: Buffer.from(ca, 'base64').toString() }, bodyTimeout: 0 });
  const { statusCode, body } = await request(`${server}${path}${path.includes('?') ? '&' : '?'}watch=true`, {
    dispatcher,
    headers: { authorization: `Bearer ${users[0].user.token}` },
  });
  if (statusCode !== 200) throw new Error(`watch of ${path}: ${statusCode} ${await body.text()}`);
  body.on('error', () => undefined); // it is we who end it
  const lines = createInterface({ input: body, crlfDelay: Infinity });
  lines.on('error', () => undefined);
  lines.on('line', (line) => onEvent(JSON.parse(line)));
  return async () => {
    lines.close();
    await dispatcher.destroy();
  };
}
