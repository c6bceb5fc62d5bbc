import { describe, expect, it } from 'vitest';
import { parseNodeLogQuery } from './node-log-query.js';

const parse = (query: string) => parseNodeLogQuery(new URLSearchParams(query));

describe('node log query', () => {
  it('reads services and options', () => {
    expect(parse('query=kubelet&query=containerd&tailLines=10&sinceTime=2026-11-23T10:00:00Z&boot=-1')).toMatchObject({
      services: ['kubelet', 'containerd'],
      tailLines: 10,
      sinceMs: Date.parse('2026-11-23T10:00:00Z'),
      boot: -1,
    });
  });

  it('takes the path as a file when nothing is asked for', () => {
    expect(parse('')).toBeUndefined();
  });

  it.each([
    ['query=', 'query cannot be empty'],
    ['query=%20%20', 'query cannot be empty'],
    ['query=kubelet&sinceTime=yesterday', 'invalid time format'],
    ['query=kubelet&sinceTime=2026-11-23', 'invalid time format'],
    ['query=kubelet&tailLines=ten', 'invalid syntax'],
    ['query=kubelet&boot=1.5', 'invalid syntax'],
  ])('answers 400 to %s', (query, message) => {
    expect(parse(query)).toMatchObject({ status: 400, message: expect.stringContaining(message) });
  });

  it.each([
    ['query=a%20b', 'unsupported characters'],
    ['query=kubelet;reboot', 'unsupported characters'],
    [`query=${'a'.repeat(257)}`, 'length must be less'],
    ['query=a&query=b&query=c&query=d&query=e', 'Too many'],
    ['query=kubelet&query=/var/log/x', 'cannot specify a file and service'],
    ['query=/a&query=/b', 'cannot specify more than one file'],
    ['query=/a&tailLines=5', 'cannot specify file with options'],
    ['tailLines=5', 'cannot be empty with options'],
    ['query=kubelet&tailLines=100001', 'must be between 0 and 100000'],
    ['query=kubelet&tailLines=-1', 'must be between 0 and 100000'],
    ['query=kubelet&boot=1', 'must be less than 1'],
    ['query=kubelet&pattern=%5B', 'error parsing regexp'],
    ['query=k&sinceTime=2026-11-23T10:00:00Z&untilTime=2026-11-23T09:00:00Z', 'must be after `sinceTime`'],
  ])('answers 406 to %s', (query, message) => {
    expect(parse(query)).toMatchObject({ status: 406, message: expect.stringContaining(message) });
  });

  it.each(['(?=a)a', '(?<!a)b', '(a)\\1'])('10.12 takes what the engine of Go takes, so not %s', (pattern) => {
    expect(parse(`query=kubelet&pattern=${encodeURIComponent(pattern)}`)).toMatchObject({ status: 406 });
  });
});
