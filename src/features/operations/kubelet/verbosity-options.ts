import { DomainError, type InputViolation } from '../../../kernel/domain-error.js';

export interface VerbosityOptions {
  readonly level: number;
  readonly revertAfterSeconds: number;
  /** Null: found out before the level is set. */
  readonly revertTo: number | null;
}

export interface VerbosityOptionsInput {
  readonly level: number;
  readonly revertAfterSeconds?: number | null | undefined;
  readonly revertTo?: number | null | undefined;
}

export const VERBOSITY_RANGE = { min: 0, max: 10 } as const;
export const REVERT_AFTER_RANGE = { min: 1, max: 86_400 } as const;
export const DEFAULT_REVERT_AFTER_SECONDS = 900;

/** What kubeadm's units and most distributions run with, where the kubelet itself doesn't say. */
export const USUAL_VERBOSITY = 2;

/** @throws DomainError VALIDATION_FAILED with every violation at once. */
export function verbosityOptionsFrom(input: VerbosityOptionsInput): VerbosityOptions {
  const options = {
    level: input.level,
    revertAfterSeconds: input.revertAfterSeconds ?? DEFAULT_REVERT_AFTER_SECONDS,
    revertTo: input.revertTo ?? null,
  };
  const violations: InputViolation[] = [];
  const check = (name: keyof VerbosityOptions, { min, max }: { readonly min: number; readonly max: number }) => {
    const value = options[name];
    if (Number.isInteger(value) && Number(value) >= min && Number(value) <= max) return;
    const message = `must be a whole number from ${min} to ${max}`;
    violations.push({ pointer: `/options/${name}`, code: 'OUT_OF_RANGE', message });
  };
  check('level', VERBOSITY_RANGE);
  check('revertAfterSeconds', REVERT_AFTER_RANGE);
  if (options.revertTo !== null) check('revertTo', VERBOSITY_RANGE);
  if (violations.length > 0) throw new DomainError('VALIDATION_FAILED', 'The options are not valid.', { violations });
  return options;
}
