import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import {
  type Answer,
  expectLike,
  expectSameHead,
  RawServer,
  type RecordedRequest,
  recorded,
} from '../../support/recorded-requests.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

const { REAL_KUBECONFIG, REAL_KUBELET_NODE } = process.env;
const NODE = 'worker-1';
const ENTRY = /^[A-Z][a-z]{2} \d{2} \d{2}:\d{2}:\d{2}\.\d{6} \S+ (?:kubelet|systemd)\[\d+\]: .*$/;
/** Through an API server nobody is unknown to the kubelet, and who is refused has to be made first. */
const NEEDS_OTHER_USERS = /unauthenticated|forbidden|statusz/;

let cluster: SimulatedCluster | undefined;
let server: RawServer;
let base: string;

/** The simulated kubelet is asked itself; a real one through its API server, since its own port is rarely in reach. */
beforeAll(async () => {
  if (REAL_KUBECONFIG) {
    server = new RawServer(REAL_KUBECONFIG);
    base = `${server.url}/api/v1/nodes/${REAL_KUBELET_NODE}/proxy`;
    return;
  }
  cluster = await startTestCluster();
  server = new RawServer(cluster.kubeconfigPath);
  const { status } = cluster.store.require('Node', undefined, NODE);
  base = `https://127.0.0.1:${status.daemonEndpoints.kubeletEndpoint.Port}`;
});
afterAll(async () => {
  await server?.close();
  await cluster?.close();
});

/** Who asked is part of what was recorded. */
function as(name: string): Record<string, string> {
  if (name.endsWith('-unauthenticated')) return { authorization: '' };
  const namespace = name === 'statusz' ? 'kube-system' : name.startsWith('forbidden-') ? 'default' : undefined;
  if (namespace === undefined || !cluster) return {};
  return { authorization: `Bearer ${cluster.access.addServiceAccount(namespace, 'default')}` };
}

const lines = (text: string): string[] => text.trim().split('\n');

type Check = (answer: Answer, wanted: RecordedRequest) => void;

/** As many entries, in the same order of time; what else is said, word for word. */
const likeEntries: Check = ({ text }, { response, name }) => {
  const wanted = lines(response.body);
  const found = lines(text);
  expect(found).toHaveLength(wanted.length);
  for (const [index, line] of wanted.entries()) {
    if (ENTRY.test(line)) expect(found[index]).toMatch(ENTRY);
    else expect(found[index]).toBe(line);
  }
  const times = found.filter((line) => ENTRY.test(line)).map((line) => line.slice(0, 22));
  const sorted = times.toSorted();
  expect(times).toEqual(name === 'log-query-pattern-with-tail' ? sorted.reverse() : sorted);
};

const labelsOf = (sample: string): string[] =>
  [...sample.matchAll(/(\w+)="/g)].map(([, name]) => name as string).toSorted();

/** Where two machines differ in what they are, only the form is compared. */
const CHECKS: Record<string, Check> = {
  configz: ({ text }, { response }) => {
    const { kubeletconfig } = JSON.parse(text);
    const { kind, apiVersion, enableServer } = response.body.kubeletconfig;
    expect(kubeletconfig).toMatchObject({ kind, apiVersion, enableServer });
    expect(kubeletconfig.authentication.anonymous.enabled).toBe(false);
  },
  'flagz-text': ({ text }, { response }) => {
    const head = lines(response.body).slice(0, 2);
    expect(text.startsWith(`\n${head.join('\n')}\n`)).toBe(true);
    const rests = lines(text)
      .slice(2)
      .map((line) => /^[a-z0-9-]+(.*)$/.exec(line)?.[1] ?? '');
    expect([': ', ':', '=', ' '].some((delimiter) => rests.every((rest) => `${rest} `.startsWith(delimiter)))).toBe(
      true,
    );
  },
  'flagz-structured': likeFlags,
  'flagz-structured-v1alpha1': likeFlags,
  'metrics-feature-gates': ({ text }, { response }) => {
    for (const line of lines(response.body)) {
      const name = line.split(/[{ ]/)[0] as string;
      const found = lines(text).find((candidate) => candidate.startsWith(name));
      expect(labelsOf(found ?? '')).toEqual(labelsOf(line));
    }
  },
  'log-file-list': ({ text }, { response }) => {
    const form = (page: string) => page.replace(/<a href="[^"]+">[^<]+<\/a>\n/g, '');
    expect(form(text)).toBe(form(response.body));
    for (const [, href, shown] of text.matchAll(/<a href="([^"]+)">([^<]+)<\/a>/g)) expect(href).toBe(shown);
  },
  'log-query-two-units-one-missing': likeEntries,
  'log-query-tail': likeEntries,
  'log-query-tail-with-since': likeEntries,
  'log-query-pattern-with-tail': likeEntries,
};

function likeFlags({ text }: Answer, { response }: RecordedRequest): void {
  const { flags: _, ...rest } = response.body;
  const found = JSON.parse(text);
  expectLike(found, rest);
  if (REAL_KUBECONFIG && found.flags === undefined) return;
  expect(Object.values(found.flags).every((value) => typeof value === 'string')).toBe(true);
}

const asked = recorded('real-kubelet-1.36.json').filter(
  ({ name }) => !REAL_KUBECONFIG || !NEEDS_OTHER_USERS.test(name),
);

describe('12: a kubelet answers as the recorded one', () => {
  it.each(asked)('$name', async (wanted) => {
    const { request, name } = wanted;
    // The simulated services have lines of their own.
    const path = request.path.replace('pattern=line', 'pattern=.');
    const answer = await server.send({ ...request, path, headers: { ...request.headers, ...as(name) } }, base);
    expectSameHead(answer, wanted);
    const check = CHECKS[name];
    if (check) check(answer, wanted);
    else expect(answer.text).toBe(wanted.response.body);
  });

  it('12.20 gives the oldest lines where a tail comes with a start', async () => {
    const times = async (query: string) => {
      const { text } = await server.send({ method: 'GET', path: `/logs/?query=kubelet&tailLines=3${query}` }, base);
      return lines(text).map((line) => line.slice(0, 22));
    };
    const oldest = await times('&sinceTime=2020-01-01T00:00:00Z');
    const newest = await times('');
    expect(oldest.filter((time) => newest.includes(time))).toEqual([]);
  });
});
