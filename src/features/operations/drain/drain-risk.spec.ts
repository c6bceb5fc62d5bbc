import { expect, it } from 'vitest';
import { drainRisk } from './drain-risk.js';

const CONTROL_PLANE = { 'node-role.kubernetes.io/control-plane': '' };

it.each([
  ['low', {}, {}],
  ['low', { escalateAfterSeconds: null, disableEviction: false }, { pool: 'batch' }],
  ['medium', { force: true }, {}],
  ['medium', { deleteEmptyDirData: true }, {}],
  ['high', { disableEviction: true }, {}],
  ['high', { escalateAfterSeconds: 60, force: true }, {}],
  ['high', {}, CONTROL_PLANE],
  ['high', {}, { 'node-role.kubernetes.io/master': 'true' }],
] as const)('is %s for %j on %j', (risk, options, labels) => {
  expect(drainRisk(options, labels)).toBe(risk);
});
