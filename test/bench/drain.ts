import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Installation } from '../support/installation.js';
import { kubectlPath } from '../support/kubectl.js';
import { DrainStage, type StageShape } from './drain-stage.js';
import { type DrainRun, type DrainSubject, measureDrain, TOOLS } from './measure-drain.js';
import { median, percentile } from './statistics.js';
import { textTable } from './text-table.js';

const SCENARIOS: readonly (StageShape & { title: string; target: number })[] = [
  {
    name: 'free',
    title: '30 pods, no budgets',
    workloads: 1,
    podsEach: 30,
    budgets: false,
    readinessSeconds: 1,
    terminationSeconds: 1,
    target: 0.8,
  },
  {
    name: 'budgets',
    title: '30 pods, 6 budgets that open one at a time',
    workloads: 6,
    podsEach: 5,
    budgets: true,
    readinessSeconds: 2,
    terminationSeconds: 1,
    target: 0.5,
  },
];

/** The service against real kubectl, alternating on the same simulated cluster. */
export async function runDrain(args: readonly string[]): Promise<void> {
  const options = { repetitions: { type: 'string', default: '5' }, json: { type: 'string' } } as const;
  const { values } = parseArgs({ args: [...args], options });
  const repetitions = Number(values.repetitions);
  if (!Number.isInteger(repetitions) || repetitions < 1) throw new Error('--repetitions must be a whole number from 1');
  const results = await measureAll(repetitions);
  console.log(`\nMedians of ${repetitions} drains each, in ms; ratio is service / kubectl.\n\n${tableOf(results)}\n`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ repetitions, scenarios: results }, null, 2)}\n`);
}

type ScenarioResult = Awaited<ReturnType<typeof measureAll>>[number];

async function measureAll(repetitions: number) {
  await kubectlPath(); // a first use downloads it
  const installation = await Installation.start({ profile: 'empty' });
  try {
    const api = await installation.api();
    await installation.worker();
    const subject = { api, kubeconfig: installation.kubeconfigPath };
    const results = [];
    for (const { title, target, ...shape } of SCENARIOS) {
      const stage = await DrainStage.build(installation.cluster, shape);
      const runs = await measureScenario(title, subject, stage, repetitions);
      results.push({ title, target, shape, ...summary(runs), runs });
    }
    return results;
  } finally {
    await installation.stop();
  }
}

async function measureScenario(title: string, subject: DrainSubject, stage: DrainStage, repetitions: number) {
  const runs: DrainRun[] = [];
  // The first pair is not counted: connections, caches and compiled code are as in daily use only after it.
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    for (const tool of repetition % 2 === 0 ? TOOLS : [...TOOLS].reverse()) {
      const run = await measureDrain(tool, subject, stage);
      const note = repetition === 0 ? 'warm-up' : `${repetition} of ${repetitions}`;
      console.log(`${title}, ${tool}, ${note}: ${ms(run.answeredMs)} ms, node empty at ${ms(run.emptyMs)} ms`);
      if (repetition > 0) runs.push(run);
    }
  }
  return runs;
}

function summary(runs: readonly DrainRun[]) {
  const of = (tool: string) => {
    const own = runs.filter((run) => run.tool === tool);
    const reactions = own.flatMap(({ reactionsMs }) => reactionsMs);
    return {
      answeredMs: median(own.map(({ answeredMs }) => answeredMs)),
      emptyMs: median(own.map(({ emptyMs }) => emptyMs)),
      beyondTerminationMs: median(own.map(({ beyondTerminationMs }) => beyondTerminationMs)),
      reactionMs: reactions.length > 0 ? { p50: median(reactions), p95: percentile(reactions, 95) } : null,
    };
  };
  const [service, kubectl] = [of('service'), of('kubectl')];
  const ratios = {
    answered: service.answeredMs / kubectl.answeredMs,
    empty: service.emptyMs / kubectl.emptyMs,
  };
  return { service, kubectl, ratios };
}

function tableOf(results: readonly ScenarioResult[]): string {
  const rows = results.flatMap(({ title, target, service, kubectl, ratios, shape }) => {
    const row = (what: string, ours: number, theirs: number, ratio = '', aim = '') => [
      `${title}: ${what}`,
      ms(ours),
      ms(theirs),
      ratio,
      aim,
    ];
    return [
      row('until the caller knows', service.answeredMs, kubectl.answeredMs, ratios.answered.toFixed(2), `${target}`),
      row('until the node is empty', service.emptyMs, kubectl.emptyMs, ratios.empty.toFixed(2), `${target}`),
      service.reactionMs && kubectl.reactionMs
        ? row('budget opens to next eviction, p50', service.reactionMs.p50, kubectl.reactionMs.p50)
        : row(
            `beyond the pods' own ${shape.terminationSeconds} s`,
            service.beyondTerminationMs,
            kubectl.beyondTerminationMs,
          ),
    ];
  });
  return textTable(['', 'service', 'kubectl', 'ratio', 'target'], rows);
}

const ms = (value: number): string => value.toFixed(0);
