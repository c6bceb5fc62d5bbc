import type { IncomingMessage, ServerResponse } from 'node:http';
import { posix } from 'node:path';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { RE2JS } from 're2js';
import { instantOfWallTime } from '../host/wall-clock.js';
import type { KubeletContext } from './kubelet-context.js';
import { type NodeLogQuery, parseNodeLogQuery } from './node-log-query.js';
import { sendText } from './send-text.js';
import { writeLines } from './write-lines.js';

const LOG_DIR = '/var/log';
const DEADLINE_MS = 30_000;
const CHUNK_LINES = 1_000;

/** `/logs/`: the journal when log queries are on and one is asked for, files under /var/log otherwise. */
export async function serveNodeLogs(
  context: KubeletContext,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const config = context.host.kubelet?.config ?? {};
  if (config.enableSystemLogHandler === false) {
    sendText(response, 405, 'logs endpoint is disabled.\n');
    return;
  }
  const queriesOn = config.enableSystemLogQuery === true && config.featureGates?.NodeLogQuery !== false;
  const path = decodeURIComponent(url.pathname.replace(/^\/logs\/?/, ''));
  if (!queriesOn || context.logQueryOff) {
    serveFile(context, path, response);
    return;
  }
  const query = parseNodeLogQuery(url.searchParams);
  if (query && 'status' in query) sendText(response, query.status, `${query.message}\n`);
  else if (query && path !== '') sendText(response, 406, 'path not allowed in query mode\n');
  else if (query && query.services.length > 0) await serveJournal(context, query, request, response);
  else serveFile(context, query?.files[0]?.replaceAll('\\', '/') ?? path, response);
}

async function serveJournal(
  context: KubeletContext,
  query: NodeLogQuery,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gzip = request.headers['accept-encoding'] === 'gzip';
  response.writeHead(200, {
    'content-type': 'text/plain;charset=UTF-8',
    ...(gzip ? { 'content-encoding': 'gzip' } : {}),
  });
  let output: Writable = response;
  if (gzip) {
    const stream = createGzip({ level: 1 });
    stream.pipe(response);
    output = stream;
  }
  // Whatever happens from here on is text inside a 200, as journalctl's own words are.
  await writeLines(output, journalText(context, query), AbortSignal.timeout(DEADLINE_MS));
  output.end();
}

function* journalText(context: KubeletContext, query: NodeLogQuery): Generator<string> {
  if (context.logAnswer !== undefined) {
    yield context.logAnswer;
    return;
  }
  const known = query.services.filter((service) => context.journal.knows(service));
  const unknown = query.services.filter((service) => !context.journal.knows(service));
  if (query.boot !== undefined && query.boot < -1) {
    yield `Data from the specified boot (${query.boot}) is not available: No such boot ID in journal\n`;
    return;
  }
  if (known.length > 0) {
    const entries = context.journal.read({
      units: known,
      // journalctl reads the time that it is given by the clocks of the machine.
      sinceMs: query.sinceWall === undefined ? undefined : instantOfWallTime(query.sinceWall, context.host.timeZone),
      untilMs: query.untilWall === undefined ? undefined : instantOfWallTime(query.untilWall, context.host.timeZone),
      tailLines: query.tailLines,
      boot: query.boot,
      pattern: query.pattern === undefined ? undefined : RE2JS.compile(query.pattern),
    });
    if (entries.length === 0) yield '-- No entries --\n';
    for (let i = 0; i < entries.length; i += CHUNK_LINES) {
      yield `${entries
        .slice(i, i + CHUNK_LINES)
        .map((entry) => context.journal.format(entry))
        .join('\n')}\n`;
    }
  }
  const options = [query.sinceMs, query.untilMs, query.tailLines, query.boot, query.pattern];
  if (unknown.length > 0 && options.some((value) => value !== undefined)) {
    yield `\noptions present and query resolved to log files for [${unknown.join(' ')}]\ntry without specifying options\n`;
    return;
  }
  for (const service of unknown) yield fileOf(context, service) ?? `\nlog not found for ${service}\n`;
}

/** The places where the kubelet looks for the log of a service that does not write to the journal. */
function fileOf(context: KubeletContext, service: string): string | undefined {
  return [service, `${service}.log`, `${service}/${service}.log`]
    .map((name) => context.host.read(posix.join(LOG_DIR, name)))
    .find((content) => content !== undefined);
}

function serveFile(context: KubeletContext, path: string, response: ServerResponse): void {
  // Joined below the root first: a path that climbs ends at the folder itself.
  const full = posix.join(LOG_DIR, posix.normalize(`/${path}`));
  const content = context.host.read(full);
  if (content !== undefined) {
    sendText(response, 200, content);
    return;
  }
  const names = context.host.list(full);
  if (!names) {
    sendText(response, 404, '404 page not found\n');
    return;
  }
  const links = names.map((name) => {
    const shown = context.host.list(posix.join(full, name)) ? `${name}/` : name;
    return `<a href="${shown}">${shown}</a>`;
  });
  sendText(
    response,
    200,
    `<!doctype html>\n<meta name="viewport" content="width=device-width">\n<pre>\n${links.join('\n')}\n</pre>\n`,
    'text/html; charset=utf-8',
  );
}
