import { eventually } from './cluster-client.js';
import type { HttpClient } from './http-client.js';

export const FINISHED = new Set(['SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED']);
export const ALL_OPTIONS = { ignoreDaemonSets: true, deleteEmptyDirData: true, force: true };

// biome-ignore lint/suspicious/noExplicitAny: a test looks at whatever came
export type Operation = any;

/** Starts a drain over REST and gives back the operation of the 202. */
export async function startDrain(
  api: HttpClient,
  node: string,
  options: Record<string, unknown> = ALL_OPTIONS,
): Promise<Operation> {
  const answer = await api.rest('POST', `/api/v1/clusters/demo/nodes/${node}/drain`, {
    body: { reason: 'end-to-end test', ticket: 'OPS-7', options },
  });
  if (answer.status !== 202) throw new Error(`no drain of ${node}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

export async function readOperation(api: HttpClient, id: string): Promise<Operation> {
  return (await api.rest('GET', `/api/v1/operations/${id}`)).body;
}

export function untilState(
  api: HttpClient,
  id: string,
  states: readonly string[],
  timeoutMs = 60_000,
): Promise<Operation> {
  return eventually(
    async () => {
      const operation = await readOperation(api, id);
      return states.includes(operation.state) && operation;
    },
    `operation ${id} in ${states.join(' or ')}`,
    timeoutMs,
  );
}

export const untilFinished = (api: HttpClient, id: string, timeoutMs?: number): Promise<Operation> =>
  untilState(api, id, [...FINISHED], timeoutMs);

/** All audit events of one operation, oldest first. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export async function auditOf(auditor: HttpClient, operationId: string): Promise<any[]> {
  const answer = await auditor.rest('GET', `/api/v1/audit-events?correlationId=${operationId}&first=200`);
  if (answer.status !== 200) throw new Error(`no audit: ${JSON.stringify(answer.body)}`);
  return answer.body.items.reverse();
}

/** Intents without an outcome. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export function dangling(events: any[]): any[] {
  const closed = new Set(events.filter((event) => event.kind === 'OUTCOME').map((event) => event.intentId));
  return events.filter((event) => event.kind === 'INTENT' && !closed.has(event.id));
}
