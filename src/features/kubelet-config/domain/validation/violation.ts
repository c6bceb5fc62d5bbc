import type { InputViolation } from '../../../../kernel/domain-error.js';
import { jsonPointer } from '../json/json-pointer.js';

export type Path = readonly (string | number)[];

/** A violation, and the nodes it holds for where it depends on them; without `nodes` it holds whatever the target. */
export interface ConfigViolation extends InputViolation {
  nodes?: string[];
}

export const violation = (path: Path, code: string, message: string): ConfigViolation => ({
  pointer: jsonPointer(path),
  code,
  message,
});
