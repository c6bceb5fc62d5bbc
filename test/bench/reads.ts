import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Installation } from '../support/installation.js';
import type { Comparison } from './comparison.js';
import { LogStage } from './log-stage.js';
import { measureFreshness } from './measure-freshness.js';
import { measureGraphql } from './measure-graphql.js';
import { measureLogs } from './measure-logs.js';
import { measureMemory, measureWarmUp } from './measure-memory.js';
import { measureNodePage } from './measure-node-page.js';
import { measureStart } from './measure-start.js';
import { textTable } from './text-table.js';

/** As in production, but for a quota that a load generator would use up at once. */
const ENVIRONMENT = { NODE_ENV: 'production', RATE_LIMIT_REQUESTS: '100000000', LOG_FORMAT: 'json' };
const CHANGES = 40;

interface Options {
  readonly nodes: number;
  readonly podsPerNode: number;
  readonly repetitions: number;
  readonly seconds: number;
  readonly logLines: number;
}

/** Reads through the service against what a client does without it, on one simulated cluster of the given size. */
export async function runReads(args: readonly string[]): Promise<void> {
  const text = (value: string) => ({ type: 'string', default: value }) as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      nodes: text('5000'),
      pods: text('150000'),
      repetitions: text('5'),
      seconds: text('5'),
      'log-lines': text('1000000'),
      json: { type: 'string' },
    },
  });
  const nodes = wholeNumber('nodes', values.nodes);
  const options = {
    nodes,
    podsPerNode: Math.max(1, Math.round(wholeNumber('pods', values.pods) / nodes)),
    repetitions: wholeNumber('repetitions', values.repetitions),
    seconds: wholeNumber('seconds', values.seconds),
    logLines: wholeNumber('log-lines', values['log-lines']),
  };
  const results = await measureAll(options);
  const size = `${nodes} nodes, ${nodes * options.podsPerNode} pods, medians of ${options.repetitions}`;
  console.log(`\n${size}; a ratio says how many times better the service is.\n\n${tableOf(results)}\n`);
  if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...options, results }, null, 2)}\n`);
}

async function measureAll(options: Options): Promise<Comparison[]> {
  const results = await measureScale(options);
  const stage = await LogStage.start(ENVIRONMENT);
  try {
    const logs = await measureLogs(stage, options.logLines, options.repetitions);
    for (const result of logs) tell(result);
    return [...results, ...logs];
  } finally {
    await stage.stop();
  }
}

async function measureScale({ nodes, podsPerNode, repetitions, seconds }: Options): Promise<Comparison[]> {
  const results: Comparison[] = [];
  const add = (result: Comparison) => results.push(tell(result));
  const installation = await Installation.start({ profile: 'scale', scale: { nodes, podsPerNode } });
  try {
    const { cluster, adminToken: token } = installation;
    add(await measureStart({ ...installation.env, ...ENVIRONMENT }, repetitions));
    const api = await installation.api(ENVIRONMENT);
    const pid = installation.processes[0]?.pid as number;
    add(await measureWarmUp(api, { nodes, pods: nodes * podsPerNode }));
    add(measureMemory(pid, 'caches warm'));
    add(await measureNodePage(api, cluster, repetitions));
    add(await measureFreshness(api, cluster, CHANGES));
    add(await measureGraphql({ api, cluster, token, repetitions, seconds }));
    add(measureMemory(pid, 'after the load'));
    return results;
  } finally {
    await installation.stop();
  }
}

function tell(result: Comparison): Comparison {
  const { what, ours, peer, unit } = result;
  console.log(`${what}: ${figure(ours)} ${unit}${peer === null ? '' : ` against ${figure(peer)}`}`);
  return result;
}

function tableOf(results: readonly Comparison[]): string {
  const rows = results.map(({ what, unit, ours, peer, ratio, target, met }) => [
    what,
    unit,
    figure(ours),
    peer === null ? '' : figure(peer),
    ratio === null ? '' : figure(ratio),
    target,
    target === '' ? '' : met ? 'met' : 'missed',
  ]);
  return textTable(['', 'unit', 'service', 'peer', 'ratio', 'target', ''], rows);
}

const figure = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2));

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${name} must be a whole number from 1`);
  return value;
}
