import { describe, expect, it } from 'vitest';
import { admissionAnswer } from './admission-answer.js';

describe('12.25 what admission said', () => {
  it.each<[ReturnType<typeof admissionAnswer>, string]>([
    ['DENIED', 'admission webhook "drain.rollout.example" denied the request: rolling the pods itself'],
    ['DENIED', 'admission webhook "a.example" denied the request without explanation'],
    ['DENIED', 'admission webhook "a.example" denied the request: failed calling webhook of my own'],
    [
      'DENIED',
      `pods "a" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: evictions are frozen`,
    ],
    ['FAILED', 'Internal error occurred: failed calling webhook "hook.example": failed to call webhook: refused'],
    ['FAILED', 'failed calling webhook "hook.example": failed to call webhook: the backend denied the request'],
    [null, 'User "nobody" cannot create resource "pods/eviction" in API group "" in the namespace "rec"'],
    [null, ''],
  ])('%s: %s', (expected, message) => {
    expect(admissionAnswer(message)).toBe(expected);
  });
});
