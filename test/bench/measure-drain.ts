import { performance } from 'node:perf_hooks';
import { ALL_OPTIONS, untilFinished } from '../support/drains.js';
import type { HttpClient } from '../support/http-client.js';
import { runKubectl } from '../support/kubectl.js';
import { DrainObserver } from './drain-observer.js';
import type { DrainStage } from './drain-stage.js';

export const TOOLS = ['service', 'kubectl'] as const;
export type Tool = (typeof TOOLS)[number];

export interface DrainRun {
  readonly tool: Tool;
  /** From the request until the caller has the answer that the node is empty. */
  readonly answeredMs: number;
  /** From the request until the last pod was gone, as an observer sees it. */
  readonly emptyMs: number;
  /** `answeredMs` without the longest termination of a pod. */
  readonly beyondTerminationMs: number;
  /** From a budget that opens until the next pod is evicted. */
  readonly reactionsMs: readonly number[];
}

export interface DrainSubject {
  readonly api: HttpClient;
  readonly kubeconfig: string;
}

/** Drains the stage's full node with one of the tools, then makes the stage ready for the next. */
export async function measureDrain(tool: Tool, subject: DrainSubject, stage: DrainStage): Promise<DrainRun> {
  const { target } = stage;
  const observer = await DrainObserver.start(subject.kubeconfig, stage.namespace, await stage.podUids());
  const start = performance.now();
  await (tool === 'service' ? drainByService(subject.api, target) : drainByKubectl(subject.kubeconfig, target));
  const answeredMs = performance.now() - start;
  const { emptyAt, longestTerminationMs, reactionsMs } = await observer.end();
  await stage.turn();
  const beyondTerminationMs = answeredMs - longestTerminationMs;
  return { tool, answeredMs, emptyMs: emptyAt - start, beyondTerminationMs, reactionsMs };
}

async function drainByService(api: HttpClient, node: string): Promise<void> {
  const answer = await api.rest('POST', `/api/v1/clusters/demo/nodes/${node}/drain?wait=60`, {
    body: { reason: 'benchmark', options: ALL_OPTIONS },
  });
  let operation = answer.body;
  if (answer.status >= 300) throw new Error(`no drain of ${node}: ${answer.status} ${JSON.stringify(operation)}`);
  if (operation.finishedAt === null) operation = await untilFinished(api, operation.id, 120_000);
  if (operation.state !== 'SUCCEEDED') throw new Error(`drain of ${node}: ${JSON.stringify(operation.error)}`);
}

async function drainByKubectl(kubeconfig: string, node: string): Promise<void> {
  const flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=180s'];
  const { code, stderr } = await runKubectl(kubeconfig, ['drain', node, ...flags], { timeoutMs: 200_000 });
  if (code !== 0) throw new Error(`kubectl drain ${node}: ${stderr}`);
}
