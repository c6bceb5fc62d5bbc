import { requireKubelets } from '../../../kernel/not-possible-on-node.js';
import type { OperationDefinition } from '../engine/operation-definition.js';
import { type VerbosityOptionsInput, verbosityOptionsFrom } from './verbosity-options.js';

const TIMEOUT_SECONDS = 120;

export const SET_VERBOSITY = {
  type: 'SET_VERBOSITY',
  meaning: 'Sets the log level of the kubelet for a time.',
  steps: ['SET'],
  right: 'node.set-verbosity',
  options: (input: VerbosityOptionsInput) => verbosityOptionsFrom(input),
  timeoutSeconds: () => TIMEOUT_SECONDS,
  requirePossible: (cluster, nodes) => requireKubelets(cluster, nodes, 'A change of log verbosity'),
  runActions: [],
} as const satisfies OperationDefinition;
