import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { ClusterClient } from '../support/cluster-client.js';
import { Installation } from '../support/installation.js';
import { kubectlPath } from '../support/kubectl.js';
import { DrainStage, type StageShape } from './drain-stage.js';
import { FleetStage } from './fleet-stage.js';
import { type DrainRun, type DrainSubject, measureDrain, TOOLS, type Tool } from './measure-drain.js';
import { type FleetRun, measureFleet } from './measure-fleet.js';
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

const FLEET = {
  title: '20 nodes of 5 pods, maxUnavailable 4',
  maxUnavailable: 4,
  shape: { nodes: 20, podsEach: 5, readinessSeconds: 1, terminationSeconds: 1 },
  target: 0.35,
};
/** The larger one takes minutes for each pair. */
const FLEET_REPETITIONS = 3;

/** The service against real kubectl, alternating on the same simulated cluster. */
export async function runDrain(args: readonly string[]): Promise<void> {
  const options = {
    repetitions: { type: 'string', default: '5' },
    json: { type: 'string' },
    only: { type: 'string' },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const repetitions = Number(values.repetitions);
  if (!Number.isInteger(repetitions) || repetitions < 1) throw new Error('--repetitions must be a whole number from 1');
  const { scenarios, fleet } = await measureAll(repetitions, wanted(values.only));
  const rows = [...scenarios.flatMap(rowsOf), ...(fleet ? fleetRows(fleet) : [])];
  const table = textTable(['', 'service', 'kubectl', 'ratio', 'target'], rows);
  const ofPool = `${Math.min(repetitions, FLEET_REPETITIONS)} of the pool`;
  console.log(`\nMedians of ${repetitions} drains each, ${ofPool}, in ms; ratio is service / kubectl.\n\n${table}\n`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ repetitions, scenarios, fleet }, null, 2)}\n`);
}

type Measured = Awaited<ReturnType<typeof measureAll>>;
type ScenarioResult = Measured['scenarios'][number];
type FleetResult = NonNullable<Measured['fleet']>;

function wanted(only: string | undefined): (name: string) => boolean {
  const names = [...SCENARIOS.map(({ name }) => name), 'fleet'];
  if (only !== undefined && !names.includes(only)) throw new Error(`--only must be one of ${names.join(', ')}`);
  return (name) => only === undefined || only === name;
}

async function measureAll(repetitions: number, isWanted: (name: string) => boolean) {
  await kubectlPath(); // a first use downloads it
  const installation = await Installation.start({ profile: 'empty' });
  try {
    const api = await installation.api();
    await installation.worker();
    const subject = { api, kubeconfig: installation.kubeconfigPath };
    const scenarios = [];
    for (const { title, target, ...shape } of SCENARIOS.filter(({ name }) => isWanted(name))) {
      const stage = await DrainStage.build(installation.cluster, shape);
      const runs = await measureScenario(title, subject, stage, repetitions);
      scenarios.push({ title, target, shape, ...summary(runs), runs });
    }
    const fleet = isWanted('fleet')
      ? await measureFleets(installation.cluster, subject, Math.min(repetitions, FLEET_REPETITIONS))
      : null;
    return { scenarios, fleet };
  } finally {
    await installation.stop();
  }
}

const measureScenario = (title: string, subject: DrainSubject, stage: DrainStage, repetitions: number) =>
  alternate(title, repetitions, (tool): Promise<DrainRun> => measureDrain(tool, subject, stage));

async function measureFleets(cluster: ClusterClient, subject: DrainSubject, repetitions: number) {
  const { title, shape, target, maxUnavailable } = FLEET;
  const stage = await FleetStage.build(cluster, shape);
  const measure = (tool: Tool): Promise<FleetRun> => measureFleet(tool, subject, stage, maxUnavailable);
  const runs = await alternate(title, repetitions, measure);
  return { title, target, shape, maxUnavailable, ...medians(runs), runs };
}

async function alternate<Run extends FleetRun>(
  title: string,
  repetitions: number,
  measure: (tool: Tool) => Promise<Run>,
) {
  const runs: Run[] = [];
  // The first pair is not counted: connections, caches and compiled code are as in daily use only after it.
  for (let repetition = 0; repetition <= repetitions; repetition++) {
    for (const tool of repetition % 2 === 0 ? TOOLS : [...TOOLS].reverse()) {
      const run = await measure(tool);
      const note = repetition === 0 ? 'warm-up' : `${repetition} of ${repetitions}`;
      console.log(`${title}, ${tool}, ${note}: ${ms(run.answeredMs)} ms, node empty at ${ms(run.emptyMs)} ms`);
      if (repetition > 0) runs.push(run);
    }
  }
  return runs;
}

/** What every kind of run has. */
function medians(runs: readonly FleetRun[]) {
  const of = (tool: Tool) => {
    const own = runs.filter((run) => run.tool === tool);
    const answeredMs = median(own.map((run) => run.answeredMs));
    return { answeredMs, emptyMs: median(own.map((run) => run.emptyMs)) };
  };
  const [service, kubectl] = [of('service'), of('kubectl')];
  const answered = service.answeredMs / kubectl.answeredMs;
  return { service, kubectl, ratios: { answered, empty: service.emptyMs / kubectl.emptyMs } };
}

function summary(runs: readonly DrainRun[]) {
  const of = (tool: Tool) => {
    const own = runs.filter((run) => run.tool === tool);
    const reactions = own.flatMap(({ reactionsMs }) => reactionsMs);
    const beyondTerminationMs = median(own.map((run) => run.beyondTerminationMs));
    if (reactions.length === 0) return { beyondTerminationMs, reactionMs: null };
    return { beyondTerminationMs, reactionMs: { p50: median(reactions), p95: percentile(reactions, 95) } };
  };
  const { service, kubectl, ratios } = medians(runs);
  return { service: { ...service, ...of('service') }, kubectl: { ...kubectl, ...of('kubectl') }, ratios };
}

const row = (what: string, ours: number, theirs: number, ratio?: number, target?: number): string[] => [
  what,
  ms(ours),
  ms(theirs),
  ratio?.toFixed(2) ?? '',
  target === undefined ? '' : String(target),
];

function rowsOf({ title, target, service, kubectl, ratios, shape }: ScenarioResult): string[][] {
  const rows = [
    row(`${title}: until the caller knows`, service.answeredMs, kubectl.answeredMs, ratios.answered, target),
    row(`${title}: until the node is empty`, service.emptyMs, kubectl.emptyMs, ratios.empty, target),
  ];
  const reactions = [service.reactionMs?.p50, kubectl.reactionMs?.p50];
  if (reactions[0] !== undefined && reactions[1] !== undefined) {
    rows.push(row(`${title}: budget opens to next eviction, p50`, reactions[0], reactions[1]));
  } else {
    const what = `${title}: beyond the pods' own ${shape.terminationSeconds} s`;
    rows.push(row(what, service.beyondTerminationMs, kubectl.beyondTerminationMs));
  }
  return rows;
}

const fleetRows = ({ title, target, service, kubectl, ratios }: FleetResult): string[][] => [
  row(`${title}: until the caller knows`, service.answeredMs, kubectl.answeredMs, ratios.answered, target),
  row(`${title}: until all nodes are empty`, service.emptyMs, kubectl.emptyMs, ratios.empty, target),
];

const ms = (value: number): string => value.toFixed(0);
