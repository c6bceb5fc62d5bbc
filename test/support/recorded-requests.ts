import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from './project-root.js';

// biome-ignore lint/suspicious/noExplicitAny: bodies of any kind
type Body = any;

/** A request that a real server was sent, and what it answered. */
export interface RecordedRequest {
  name: string;
  request: {
    method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
    path: string;
    headers?: Record<string, string>;
    body?: Body;
  };
  response: { status: number; headers?: Record<string, string>; body?: Body; events?: Body[] };
  note?: string;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

export function recorded(file: string): RecordedRequest[] {
  return JSON.parse(readFileSync(join(projectRoot, 'test/data/recorded', file), 'utf8')) as RecordedRequest[];
}

/** A server as its kubeconfig names it, real or simulated. */
export class RawServer {
  readonly url: string;
  private readonly token: string | undefined;
  private readonly agent: Agent;

  constructor(kubeconfigPath: string) {
    const { clusters, users } = parse(readFileSync(kubeconfigPath, 'utf8')) as Body;
    const { server, 'certificate-authority-data': ca } = clusters[0].cluster;
    const { token, 'client-certificate-data': cert, 'client-key-data': key } = users[0].user;
    const decoded = (data: string | undefined) => (data ? Buffer.from(data, 'base64').toString() : undefined);
    this.url = server;
    this.token = token;
    this.agent = new Agent({ connect: { ca: decoded(ca), cert: decoded(cert), key: decoded(key) } });
  }

  async send(asked: RecordedRequest['request'], url = this.url): Promise<Answer> {
    const { method, path, headers = {}, body } = asked;
    const own = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const answer = await request(`${url}${path}`, {
      method,
      dispatcher: this.agent,
      headers: {
        ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        accept: '*/*',
        ...own,
      },
      body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  }

  async must(asked: RecordedRequest['request']): Promise<Body> {
    const { status, text } = await this.send(asked);
    if (status >= 300) throw new Error(`${asked.method} ${asked.path}: ${status} ${text}`);
    return JSON.parse(text);
  }

  /** Events of a watch until `enough`, or until the server ends it. */
  async watch(path: string, enough: (events: Body[]) => boolean): Promise<Body[]> {
    const headers = this.token === undefined ? undefined : { authorization: `Bearer ${this.token}` };
    const { body } = await request(`${this.url}${path}`, { dispatcher: this.agent, headers });
    const events: Body[] = [];
    let rest = '';
    for await (const chunk of body) {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop() ?? '';
      events.push(...lines.filter(Boolean).map((line) => JSON.parse(line)));
      if (enough(events)) break;
    }
    return events;
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}

/** What differs from run to run, in texts. */
const CHANGING: readonly [RegExp, string][] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '(uid)'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '(time)'],
  [/(Too large resource version: \d+, current:) \d+/g, '$1 (version)'],
  [/(too old resource version: \d+) \(\d+\)/g, '$1 (version)'],
  [/https:\/\/[\d.]+:\d+/g, 'https://(kubelet)'],
];

export const lasting = (text: string): string => CHANGING.reduce((left, [from, to]) => left.replace(from, to), text);

const OWN_TO_A_CLUSTER = new Set([
  'resourceVersion',
  'continue',
  'remainingItemCount',
  'uid',
  'creationTimestamp',
  'generation',
]);

/** Every field that was recorded is there, of the same kind, and texts are the same but for what changes. */
export function expectLike(actual: Body, wanted: Body, path = ''): void {
  if (Array.isArray(wanted)) {
    expect(Array.isArray(actual), path).toBe(true);
    expect(actual, path).toHaveLength(wanted.length);
    for (const [index, item] of wanted.entries()) expectLike(actual[index], item, `${path}[${index}]`);
  } else if (typeof wanted === 'object' && wanted !== null) {
    expect(typeof actual, path).toBe('object');
    for (const [key, value] of Object.entries(wanted)) {
      if (value === null) continue;
      if (OWN_TO_A_CLUSTER.has(key)) expect(typeof actual[key], `${path}.${key}`).toBe(typeof value);
      else expectLike(actual[key], value, `${path}.${key}`);
    }
  } else if (typeof wanted === 'string') expect(lasting(String(actual)), path).toBe(lasting(wanted));
  else expect(actual, path).toBe(wanted);
}

export function expectSameHead({ status, headers }: Answer, { response }: RecordedRequest): void {
  expect(status).toBe(response.status);
  for (const [name, value] of Object.entries(response.headers ?? {})) expect(headers[name], name).toBe(value);
}
