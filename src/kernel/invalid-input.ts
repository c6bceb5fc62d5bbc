import { DomainError, type InputViolation } from './domain-error.js';

/** All that is wrong with an input, in one error that names the first. */
export function invalidInput(violations: InputViolation[]): DomainError {
  const [first] = violations;
  const rest = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  return new DomainError('VALIDATION_FAILED', `${first?.pointer} ${first?.message}${rest}.`, { violations });
}
