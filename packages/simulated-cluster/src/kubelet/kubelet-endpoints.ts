import type { IncomingMessage, ServerResponse } from 'node:http';
import { flagzAnswer, hasFlagz } from './flagz-page.js';
import type { KubeletContext } from './kubelet-context.js';
import { cadvisorMetrics, kubeletMetrics, probeMetrics, resourceMetrics } from './metrics-pages.js';
import { sendText } from './send-text.js';
import { serveContainerLogs } from './serve-container-logs.js';
import { serveNodeLogs } from './serve-node-logs.js';
import { statsSummary } from './stats-summary.js';

const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';
const DEBUG_PATHS = ['/containerLogs/', '/logs', '/run/', '/exec/', '/attach/', '/portForward/', '/runningpods'];
/** Not even registered without debugging handlers: a 404 as for any path that does not exist. */
const UNREGISTERED = new Set(['/configz', '/flagz', '/debug/flags/v']);

type Page = (context: KubeletContext) => string;

const METRICS: Readonly<Record<string, Page>> = {
  '/metrics': kubeletMetrics,
  '/metrics/cadvisor': cadvisorMetrics,
  '/metrics/resource': resourceMetrics,
  '/metrics/probes': probeMetrics,
};
const NOT_FOUND = '404 page not found\n';
const ALL_HEALTHY = '[+]ping ok\n[+]log ok\n[+]syncloop ok\nhealthz check passed\n';
const HEALTH = new Set(['/healthz', '/healthz/ping', '/healthz/log', '/healthz/syncloop']);

/** Answers one request that passed authorization. Paths, codes and texts are those of the real kubelet. */
export async function answerKubeletRequest(
  context: KubeletContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'https://kubelet');
  const path = url.pathname;
  const config = context.host.kubelet?.config ?? {};
  if (config.enableDebuggingHandlers === false && DEBUG_PATHS.some((prefix) => path.startsWith(prefix))) {
    sendText(response, 405, 'Debug endpoints are disabled.\n');
  } else if (config.enableDebuggingHandlers === false && UNREGISTERED.has(path)) {
    sendText(response, 404, '404: Page Not Found');
  } else if (path === '/debug/flags/v') await setVerbosity(context, request, response);
  else if (request.method !== 'GET' && request.method !== 'HEAD') sendText(response, 405, '405: Method Not Allowed');
  else if (path === '/logs' || path.startsWith('/logs/')) await serveNodeLogs(context, url, request, response);
  else if (path.startsWith('/containerLogs/')) await containerLogs(context, url, response);
  else answerPage(context, url, request, response);
}

function answerPage(context: KubeletContext, url: URL, request: IncomingMessage, response: ServerResponse): void {
  const path = url.pathname;
  const metrics = METRICS[path];
  if (metrics) sendText(response, 200, metrics(context), METRICS_TYPE);
  else if (path === '/healthz' && url.searchParams.has('verbose')) sendText(response, 200, ALL_HEALTHY);
  else if (HEALTH.has(path)) sendText(response, 200, 'ok');
  else if (path === '/configz') sendJson(response, { kubeletconfig: loadedConfig(context) });
  else if (path === '/stats/summary') sendJson(response, statsSummary(context));
  else if (path === '/pods' || path === '/pods/') sendJson(response, podList(context));
  else if (path === '/flagz' && hasFlagz(context.host.kubeletVersion)) {
    const { type, text, warning } = flagzAnswer(context, request.headers.accept);
    if (warning) response.setHeader('warning', warning);
    sendText(response, 200, text, type);
  } else sendText(response, 404, NOT_FOUND);
}

/** `/configz` shows the configuration as loaded: a verbosity set at run time is not in it. */
const loadedConfig = (context: KubeletContext) => ({
  kind: 'KubeletConfiguration',
  apiVersion: 'kubelet.config.k8s.io/v1beta1',
  ...context.host.kubelet?.config,
});

const podList = (context: KubeletContext) => ({
  kind: 'PodList',
  apiVersion: 'v1',
  metadata: {},
  items: context.pods(),
});

function sendJson(response: ServerResponse, body: unknown): void {
  sendText(response, 200, JSON.stringify(body), 'application/json');
}

async function containerLogs(context: KubeletContext, url: URL, response: ServerResponse): Promise<void> {
  const parts = url.pathname.split('/').slice(2).map(decodeURIComponent);
  const [namespace, name, container] = parts;
  if (parts.length !== 3 || !namespace || !name || !container) {
    sendText(response, 404, NOT_FOUND);
    return;
  }
  const found = context.pods().find((pod) => pod.metadata.namespace === namespace && pod.metadata.name === name);
  await serveContainerLogs(context, found, { pod: name, container }, url.searchParams, response);
}

async function setVerbosity(
  context: KubeletContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (context.host.kubelet?.config.enableDebugFlagsHandler === false) {
    sendText(response, 405, 'flags endpoint is disabled.\n');
    return;
  }
  if (request.method !== 'PUT') {
    sendText(response, 406, 'unsupported http method\n', 'text/plain');
    return;
  }
  let body = '';
  for await (const chunk of request) body += String(chunk);
  if (!/^\d+$/.test(body)) {
    sendText(response, 400, `strconv.ParseUint: parsing "${body}": invalid syntax\n`, 'text/plain');
    return;
  }
  context.host.verbosity = Number(body);
  context.journal.setRate('kubelet', rateAt(context.host.verbosity));
  sendText(response, 200, `successfully set klog.logging.verbosity to ${body}\n`, 'text/plain');
}

/** More is written at a higher verbosity, in lines a second. */
const rateAt = (verbosity: number): number => (verbosity >= 6 ? 8 : verbosity >= 4 ? 2 : 0.5);
