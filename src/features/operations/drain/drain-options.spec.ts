import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../kernel/domain-error.js';
import { DEFAULT_DRAIN_OPTIONS, type DrainOptionsInput, drainOptionsFrom } from './drain-options.js';

function pointersOf(input: DrainOptionsInput): string[] {
  try {
    drainOptionsFrom(input);
    return [];
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return (error.details.violations ?? []).map((violation) => violation.pointer);
  }
}

describe('drainOptionsFrom', () => {
  it('gives kubectl defaults for what is absent or null', () => {
    expect(drainOptionsFrom({ force: null, podSelector: undefined })).toEqual(DEFAULT_DRAIN_OPTIONS);
    expect(DEFAULT_DRAIN_OPTIONS).toMatchObject({ force: false, gracePeriodSeconds: -1, onFailure: 'KEEP_CORDONED' });
  });

  it.each<[DrainOptionsInput, string]>([
    [{ gracePeriodSeconds: -2 }, '/options/gracePeriodSeconds'],
    [{ timeoutSeconds: 1.5 }, '/options/timeoutSeconds'],
    [{ maxParallelEvictions: 0 }, '/options/maxParallelEvictions'],
    [{ escalateAfterSeconds: 0 }, '/options/escalateAfterSeconds'],
    [{ timeoutSeconds: 60, escalateAfterSeconds: 60 }, '/options/escalateAfterSeconds'],
    [{ priorityTiers: [5, 5] }, '/options/priorityTiers'],
    [{ planHash: 'abc' }, '/options/planHash'],
    [{ podSelector: 'a=b=c' }, '/options/podSelector'],
    [{ onFailure: 'PANIC' as never }, '/options/onFailure'],
  ])('refuses %j', (input, pointer) => {
    expect(pointersOf(input)).toEqual([pointer]);
  });

  it('names every violation at once', () => {
    expect(pointersOf({ timeoutSeconds: -1, maxParallelEvictions: 1000 })).toHaveLength(2);
  });
});
