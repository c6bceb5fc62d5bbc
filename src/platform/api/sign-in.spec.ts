import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/app-config.js';
import { DomainError } from '../../kernel/domain-error.js';
import { ClientAddress } from './client-address.js';
import { SignInLimiter } from './sign-in-limiter.js';

const addressOf = (trust: string, remoteAddress: string, forwarded?: string) =>
  new ClientAddress(loadConfig({ TRUST_PROXY: trust }, false)).of({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  } as unknown as IncomingMessage);

describe('10.17 the address of a client', () => {
  it.each([
    ['false', '10.0.0.1', '1.2.3.4', '10.0.0.1'],
    ['1', '10.0.0.1', '6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['2', '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2', '1.2.3.4'],
    ['10.0.0.0/8', '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.0.0.2', '1.2.3.4'],
    ['10.0.0.0/8', '192.168.0.1', '1.2.3.4', '192.168.0.1'],
    ['loopback', '::1', '1.2.3.4', '1.2.3.4'],
    ['1', '10.0.0.1', '10.9.9.7%00', '10.0.0.1'],
    ['2', '10.0.0.1', '1.2.3.4, nonsense', '10.0.0.1'],
    ['1', '::ffff:10.0.0.1', undefined, '10.0.0.1'],
    ['1', 'fe80::1%eth0', undefined, 'fe80::1'],
  ])('with TRUST_PROXY=%s, from %s for %s it is %s', (trust, remote, forwarded, address) => {
    expect(addressOf(trust, remote, forwarded)).toBe(address);
  });

  it.each(['true', 'yes', '-1', '99', '10.0.0.0/33', '10.0.0.0/0', '10.9.9.7%00', 'proxy.local', '1,'])(
    'TRUST_PROXY=%s is refused with a line that says what to set',
    (value) => {
      expect(() => loadConfig({ TRUST_PROXY: value }, false)).toThrow(/TRUST_PROXY is not usable.*number of proxies/);
    },
  );
});

describe('10.17 failed sign-ins', () => {
  const config = loadConfig({ SIGN_IN_FAILURES: '3' }, false);
  const fail = async () => {
    throw new DomainError('UNAUTHENTICATED', 'no');
  };
  const limited = { code: 'RATE_LIMITED', details: { retryAfterSeconds: expect.any(Number) } };

  it('are limited by address before anything is tried, an IPv6 /64 together', async () => {
    const limiter = new SignInLimiter(config);
    for (const last of ['1', '2', '3']) {
      await expect(limiter.attempt(`2001:db8::${last}`, last, fail)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
    let tried = false;
    const work = async () => {
      tried = true;
    };
    await expect(limiter.attempt('2001:db8::4', 'good', work)).rejects.toMatchObject(limited);
    expect(tried).toBe(false);
    await limiter.attempt('2001:db8:0:1::4', 'good', work);
    expect(tried).toBe(true);
  });

  it('count while they run, but the same credential only once', async () => {
    const limiter = new SignInLimiter(config);
    let release = (): void => undefined;
    const wait = new Promise<void>((resolve) => {
      release = resolve;
    });
    const same = Array.from({ length: 10 }, () => limiter.attempt('10.0.0.1', 'same', () => wait));
    const others = ['a', 'b'].map((credential) => limiter.attempt('10.0.0.1', credential, () => wait));
    await expect(limiter.attempt('10.0.0.1', 'c', fail)).rejects.toMatchObject(limited);
    release();
    await Promise.all([...same, ...others]);
    await limiter.attempt('10.0.0.1', 'c', () => wait);
  });
});
