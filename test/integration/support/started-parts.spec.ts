import { describe, expect, it } from 'vitest';
import { StartedParts } from '../../support/started-parts.js';

describe('parts of a test', () => {
  it('stop in reverse when a later one does not start, also those that were still starting', async () => {
    const stopped: string[] = [];
    const parts = new StartedParts();
    const part = (name: string, starting: Promise<unknown> = Promise.resolve()) =>
      parts.start(starting, async () => stopped.push(name));
    const slow = new Promise((resolve) => setImmediate(resolve));
    const failed = parts.orStop(async () => {
      await part('first');
      await Promise.all([part('slow', slow), part('broken', Promise.reject(new Error('no port')))]);
    });
    await expect(failed).rejects.toThrow('no port');
    expect(stopped).toEqual(['slow', 'first']);
  });

  it('all stop, whatever one of them throws', async () => {
    const stopped: string[] = [];
    const parts = new StartedParts();
    await parts.start(Promise.resolve(), async () => stopped.push('first'));
    await parts.start(Promise.resolve(), () => Promise.reject(new Error('stuck')));
    await expect(parts.stop()).rejects.toThrow('stuck');
    expect(stopped).toEqual(['first']);
  });
});
