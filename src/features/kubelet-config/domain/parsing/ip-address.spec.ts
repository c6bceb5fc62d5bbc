import { expect, it } from 'vitest';
import { isIpAddress, isPodCidr } from './ip-address.js';

it('12.19 fields of the kubelet take addresses without zone and leading zeros', () => {
  expect(['fe80::1%eth0', '010.0.0.1', 'name'].filter(isIpAddress)).toEqual([]);
  expect(['10.0.0.0/08', '010.0.0.0/8', '10.0.0.0'].filter(isPodCidr)).toEqual([]);
  expect(isPodCidr('10.244.0.0/24,2001:DB8::/64') && isIpAddress('FD00::A')).toBe(true);
});
