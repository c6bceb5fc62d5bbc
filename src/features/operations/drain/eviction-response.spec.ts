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
    [
      'another UID, as real servers word it',
      'REPLACED',
      answer(409, { message: 'the UID in the precondition (a) does not match the UID in record (b)' }),
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

  it.each<[string, boolean, EvictionAnswer]>([
    ['no answer to what was sent', true, answer(0)],
    ['a connection that was refused', false, answer(0, { isUnsent: true })],
    ['a gateway that gave up', true, answer(504, { isStatus: false })],
    ['a timeout of etcd', true, answer(500, { message: 'etcdserver: request timed out' })],
    ['a deadline of the server', true, answer(504)],
    ['a webhook that can not be asked', false, answer(500, { message: 'failed calling webhook "a": refused' })],
    ['credentials that are not accepted', false, answer(401)],
  ])('10.1 %s leaves the eviction in doubt: %s', (_title, isInDoubt, given) => {
    const verdict = classifyEviction(given);
    expect([verdict.kind, 'isInDoubt' in verdict]).toEqual(['UNAVAILABLE', isInDoubt]);
  });

  const webhook = (status: number) =>
    answer(status, { message: 'admission webhook "a.example" denied the request: not now' });
  it.each([400, 403, 404, 409, 422, 429, 500, 503])('12.4 a denial by a webhook with %s is a denial', (status) => {
    expect(classifyEviction(webhook(status))).toMatchObject({ kind: 'ADMISSION_DENIED', retryAfterSeconds: null });
  });

  it.each<[string, object, EvictionAnswer]>([
    [
      'a policy',
      { kind: 'ADMISSION_DENIED' },
      answer(422, { message: "ValidatingAdmissionPolicy 'p' denied request: x" }),
    ],
    ['a failing webhook', { kind: 'UNAVAILABLE' }, answer(500, { message: 'failed calling webhook "a": refused' })],
    [
      'a missing right',
      { code: 'FORBIDDEN' },
      answer(403, { message: 'User "x" cannot create resource "pods/eviction"' }),
    ],
    ['another 403', { code: 'ADMISSION_DENIED' }, answer(403, { message: 'pods "a" is forbidden: node is locked' })],
    ['another 422', { code: 'ADMISSION_DENIED' }, answer(422, { message: 'pods "a" is invalid' })],
    ['a bad budget', { code: 'INVALID' }, answer(403, { message: 'poddisruptionbudget.policy "a" is forbidden: x' })],
    ['expired credentials', { kind: 'UNAVAILABLE' }, answer(401, { message: 'Unauthorized' })],
  ])('12.25 %s', (_title, expected, given) => {
    expect(classifyEviction(given)).toMatchObject(expected);
  });

  it('12.23 tells an answer of the API server from none, and from that of a gateway in front of it', () => {
    expect(classifyEviction(answer(0))).toMatchObject({ kind: 'UNAVAILABLE', isUnanswered: true });
    for (const status of [404, 502, 503, 504]) {
      expect(classifyEviction(answer(status, { isStatus: false }))).toMatchObject({ isUnanswered: true });
    }
    expect(classifyEviction(answer(503, { isStatus: true }))).not.toHaveProperty('isUnanswered');
    expect(classifyEviction(answer(429, { isStatus: false })).kind).toBe('THROTTLED');
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
