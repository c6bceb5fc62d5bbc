import { describe, expect, it } from 'vitest';
import { DomainError } from '../../../kernel/domain-error.js';
import { kubeletUnavailable } from './kubelet-failure.js';
import { KubeletGuard } from './kubelet-guard.js';

const target = (node: string) => ({ cluster: 'demo', node });
const limits = { atOnce: 2, waiting: 1, nodesToOpen: 3, openMs: 1000 };
const fail = (node: string) => () => Promise.reject(kubeletUnavailable(target(node), 'TIMEOUT'));
const code = (cause: string) => ({ details: { extensions: { cause } } });

describe('kubelet guard', () => {
  it('lets only so many in, some wait, and the rest is refused', async () => {
    const guard = new KubeletGuard(limits);
    const release: (() => void)[] = [];
    const hold = () => guard.run(target('a'), () => new Promise<void>((resolve) => release.push(resolve)));
    const running = [hold(), hold(), hold()];
    await expect(hold()).rejects.toMatchObject(code('OVERLOADED'));
    expect(release).toHaveLength(2);
    release.shift()?.();
    await running[0];
    await Promise.resolve();
    expect(release).toHaveLength(2);
    for (const free of release) free();
    await Promise.all(running);
    await expect(guard.run(target('a'), async () => 1)).resolves.toBe(1);
  });

  it('does not close the others because of one dead node', async () => {
    const guard = new KubeletGuard(limits);
    for (let i = 0; i < 10; i += 1) await expect(guard.run(target('a'), fail('a'))).rejects.toBeInstanceOf(DomainError);
    await expect(guard.run(target('b'), async () => 1)).resolves.toBe(1);
  });

  it('opens after several nodes failed, lets one call try, and closes when it has worked', async () => {
    let now = 1;
    const guard = new KubeletGuard(limits, () => now);
    for (const node of ['a', 'b', 'c']) await expect(guard.run(target(node), fail(node))).rejects.toThrow();
    await expect(guard.run(target('d'), async () => 1)).rejects.toMatchObject(code('BREAKER_OPEN'));
    now += 1001;
    let finish: (value: number) => void = () => undefined;
    const probe = guard.run(target('d'), () => new Promise<number>((resolve) => (finish = resolve)));
    await expect(guard.run(target('e'), async () => 1)).rejects.toMatchObject(code('BREAKER_OPEN'));
    finish(1);
    await probe;
    await expect(guard.run(target('e'), async () => 2)).resolves.toBe(2);
  });

  it('takes a refusal for a sign of life', async () => {
    const guard = new KubeletGuard(limits);
    const refuse = () => Promise.reject(new DomainError('KUBELET_FORBIDDEN', 'no'));
    for (const node of ['a', 'b', 'c', 'd']) await expect(guard.run(target(node), refuse)).rejects.toThrow('no');
    await expect(guard.run(target('e'), async () => 1)).resolves.toBe(1);
  });
});
