import { request } from 'undici';
import type { Comparison } from './comparison.js';
import type { LogStage } from './log-stage.js';
import { median } from './statistics.js';

const TARGET = 0.8;

export interface LogRoute {
  readonly what: string;
  readonly linesEach: number;
  readonly ours: Parameters<typeof request>;
  readonly direct: Parameters<typeof request>;
}

/** Reads the same number of log lines through the service and directly, turn by turn, and compares bytes a second. */
export async function measureLogs(stage: LogStage, lines: number, repetitions: number): Promise<Comparison[]> {
  const results: Comparison[] = [];
  for (const route of await stage.routes(lines)) {
    const [ours, direct]: [number[], number[]] = [[], []];
    const rounds = Math.ceil(lines / route.linesEach);
    // The first pair is not counted.
    for (let repetition = 0; repetition <= repetitions; repetition++) {
      const one = await throughput(route.ours, route.linesEach, rounds);
      const other = await throughput(route.direct, route.linesEach, rounds);
      if (repetition === 0) continue;
      ours.push(one);
      direct.push(other);
    }
    const ratio = median(ours) / median(direct);
    results.push({
      what: `${route.what}, ${rounds * route.linesEach} lines as text, against a direct request`,
      unit: 'MB/s',
      ours: median(ours),
      peer: median(direct),
      ratio,
      target: `>= ${TARGET}`,
      met: ratio >= TARGET,
      more: { ours, direct },
    });
  }
  return results;
}

async function throughput(call: Parameters<typeof request>, linesEach: number, rounds: number): Promise<number> {
  let bytes = 0;
  const start = performance.now();
  for (let round = 0; round < rounds; round++) {
    const { statusCode, body } = await request(...call);
    let lines = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
    }
    // A log that grows meanwhile has some more.
    if (statusCode !== 200 || lines < linesEach) throw new Error(`${call[0]}: ${statusCode}, ${lines} lines`);
  }
  return bytes / 1e6 / ((performance.now() - start) / 1000);
}
