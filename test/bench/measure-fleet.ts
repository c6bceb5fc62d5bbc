import { performance } from 'node:perf_hooks';
import { eventually } from '../support/cluster-client.js';
import { ALL_OPTIONS } from '../support/drains.js';
import type { HttpClient } from '../support/http-client.js';
import { runKubectl } from '../support/kubectl.js';
import { DrainObserver } from './drain-observer.js';
import type { FleetStage } from './fleet-stage.js';
import type { DrainSubject, Tool } from './measure-drain.js';

export interface FleetRun {
  readonly tool: Tool;
  /** From the request until the caller has the answer that every node was emptied. */
  readonly answeredMs: number;
  /** From the request until the last of the pods was gone, as an observer sees it. */
  readonly emptyMs: number;
}

/** Empties the whole pool with one of the tools; the service is held to `maxUnavailable`, kubectl knows no such thing. */
export async function measureFleet(
  tool: Tool,
  subject: DrainSubject,
  stage: FleetStage,
  maxUnavailable: number,
): Promise<FleetRun> {
  const observer = await DrainObserver.start(subject.kubeconfig, stage.namespace, await stage.fill());
  const start = performance.now();
  if (tool === 'service') await runByService(subject.api, stage.selector, maxUnavailable);
  else await drainByKubectl(subject.kubeconfig, stage.selector);
  const answeredMs = performance.now() - start;
  const { emptyAt } = await observer.end();
  return { tool, answeredMs, emptyMs: emptyAt - start };
}

async function runByService(api: HttpClient, nodeSelector: string, maxUnavailable: number): Promise<void> {
  const spec = { action: 'DRAIN', nodeSelector, maxUnavailable: String(maxUnavailable), drainOptions: ALL_OPTIONS };
  const answer = await api.rest('POST', '/api/v1/clusters/demo/maintenance-runs', {
    body: { reason: 'benchmark', zoneByZone: false, ...spec },
  });
  if (answer.status >= 300) throw new Error(`no run: ${answer.status} ${JSON.stringify(answer.body)}`);
  const run = await eventually(
    async () => {
      const { body } = await api.rest('GET', `/api/v1/maintenance-runs/${answer.body.id}`);
      return body.finishedAt !== null && body;
    },
    'the end of the run',
    300_000,
  );
  if (run.state !== 'SUCCEEDED') throw new Error(`the run ended ${run.state}: ${JSON.stringify(run.error)}`);
}

async function drainByKubectl(kubeconfig: string, selector: string): Promise<void> {
  const flags = ['--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=300s'];
  const { code, stderr } = await runKubectl(kubeconfig, ['drain', '-l', selector, ...flags], { timeoutMs: 320_000 });
  if (code !== 0) throw new Error(`kubectl drain -l ${selector}: ${stderr}`);
}
