import { expect, it } from 'vitest';
import { maintenanceSpecFrom } from './maintenance-spec.js';
import { runRisk } from './run-risk.js';

const workers = (count: number) => Array.from({ length: count }, () => ({ labels: {} }));
const spec = (more: object) => maintenanceSpecFrom({ action: 'DRAIN', nodeSelector: 'pool=a', ...more });

it.each([
  ['medium', { maxUnavailable: 1 }, workers(4)],
  ['medium', { maxUnavailable: '25%' }, workers(8)],
  ['high', { maxUnavailable: 2 }, workers(7)],
  ['high', { maxUnavailable: 1 }, workers(3)],
  ['high', { drainOptions: { disableEviction: true } }, workers(8)],
  ['high', {}, [...workers(8), { labels: { 'node-role.kubernetes.io/control-plane': '' } }]],
] as const)('is %s for %j', (risk, more, nodes) => {
  expect(runRisk(spec(more), nodes)).toBe(risk);
});
