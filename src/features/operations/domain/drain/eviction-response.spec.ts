import { describe, expect, it } from 'vitest';
import { classifyEviction, type EvictionAnswer } from './eviction-response.js';

const answer = (status: number, changes: Partial<EvictionAnswer> = {}): EvictionAnswer => ({
  status,
  reason: '',
  message: '',
  causes: [],
  ...changes,
});
const budgetCause = (message: string) => [{ reason: 'DisruptionBudget', message }];

describe('classifyEviction', () => {
  it.each<[string, string, EvictionAnswer]>([
    ['created', 'ACCEPTED', answer(201)],
    ['ok', 'ACCEPTED', answer(200)],
    ['not found', 'GONE', answer(404)],
    [
      'another UID',
      'REPLACED',
      answer(409, { message: 'Precondition failed: UID in precondition: a, UID in object meta: b' }),
    ],
    ['another conflict', 'REFUSED', answer(409, { message: 'the object has been modified' })],
    ['namespace terminating', 'NAMESPACE_TERMINATING', answer(403, { causes: [{ reason: 'NamespaceTerminating' }] })],
    ['forbidden', 'REFUSED', answer(403)],
    ['invalid', 'REFUSED', answer(422)],
    ['throttled', 'THROTTLED', answer(429, { retryAfterSeconds: 3 })],
    ['server error', 'UNAVAILABLE', answer(500, { message: 'etcdserver: request timed out' })],
    ['gateway timeout', 'UNAVAILABLE', answer(504)],
    ['no answer', 'UNAVAILABLE', answer(0)],
  ])('%s is %s', (_title, kind, given) => {
    expect(classifyEviction(given).kind).toBe(kind);
  });

  it('reads the budget out of a denial', () => {
    const causes = budgetCause('The disruption budget api needs 2 healthy pods and has 2 currently');
    expect(classifyEviction(answer(429, { causes }))).toMatchObject({
      kind: 'BUDGET_DENIED',
      budget: 'api',
      needed: 2,
      healthy: 2,
      retryAfterSeconds: null,
    });
  });

  it('keeps the retry time of a budget whose status is old, and does not take it for throttling', () => {
    const causes = budgetCause('The disruption budget api is still being processed by the server.');
    expect(classifyEviction(answer(429, { causes, retryAfterSeconds: 10 }))).toMatchObject({
      kind: 'BUDGET_DENIED',
      budget: 'api',
      retryAfterSeconds: 10,
    });
  });

  it('waits a second when throttling names no time', () => {
    expect(classifyEviction(answer(429))).toEqual({ kind: 'THROTTLED', retryAfterSeconds: 1 });
  });

  it('tells two budgets from other server errors', () => {
    const message = 'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.';
    expect(classifyEviction(answer(500, { message }))).toMatchObject({ kind: 'REFUSED', code: 'MULTIPLE_BUDGETS' });
  });
});
