import { DomainError, type InputViolation } from '../../../kernel/domain-error.js';

export interface RestartOptions {
  /** Wall-clock limit of the whole operation. */
  readonly timeoutSeconds: number;
  /** How long the node agent may take to begin, and the kubelet to be back afterwards. */
  readonly recoverySeconds: number;
  /** For how long the node must be Ready without a change. */
  readonly stableSeconds: number;
}

export type RestartOptionsInput = { readonly [K in keyof RestartOptions]?: RestartOptions[K] | null | undefined };

const DAY = 86_400;
export const RESTART_RANGES = {
  timeoutSeconds: [5, DAY],
  recoverySeconds: [1, 3600],
  stableSeconds: [1, 600],
} as const satisfies Record<keyof RestartOptions, readonly [number, number]>;

/** @throws DomainError VALIDATION_FAILED with every violation at once. */
export function restartOptionsFrom(
  input: RestartOptionsInput,
  defaults: Pick<RestartOptions, 'recoverySeconds' | 'stableSeconds'>,
): RestartOptions {
  const recoverySeconds = input.recoverySeconds ?? defaults.recoverySeconds;
  const stableSeconds = input.stableSeconds ?? defaults.stableSeconds;
  // Twice, for the agent's start and the recovery: each of both has words of its own for what went wrong.
  const enough = Math.min(DAY, 2 * recoverySeconds + stableSeconds + 60);
  const options = { timeoutSeconds: input.timeoutSeconds ?? enough, recoverySeconds, stableSeconds };
  const violations: InputViolation[] = [];
  for (const [name, [least, most]] of Object.entries(RESTART_RANGES) as [keyof RestartOptions, [number, number]][]) {
    if (Number.isInteger(options[name]) && options[name] >= least && options[name] <= most) continue;
    const message = `must be a whole number from ${least} to ${most}`;
    violations.push({ pointer: `/options/${name}`, code: 'OUT_OF_RANGE', message });
  }
  if (violations.length > 0) throw new DomainError('VALIDATION_FAILED', 'The options are not valid.', { violations });
  return options;
}
