import type { ConfigView } from './config-view.js';

/**
 * A rule over several fields of the effective document, as the kubelet checks it at start. It is only reported when the patch
 * touches one of its fields: nobody is blamed for what was there before.
 */
export interface CrossFieldRule {
  code: string;
  fields: readonly string[];
  /** Why the document is refused, or undefined. */
  check: (view: ConfigView) => string | undefined;
}

export const rule = (code: string, fields: string[], check: CrossFieldRule['check']): CrossFieldRule => ({
  code,
  fields,
  check,
});

export const when = (broken: boolean, message: string): string | undefined => (broken ? message : undefined);
