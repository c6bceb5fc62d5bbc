import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import {
  expectLike,
  expectSameHead,
  RawServer,
  type RecordedRequest,
  recorded,
} from '../../support/recorded-requests.js';
import { startTestCluster } from '../../support/simulated-cluster.js';
import { eventually } from '../../support/workloads.js';

// biome-ignore lint/suspicious/noExplicitAny: bodies of any kind
type Body = any;

const VERSIONS = ['1.36', '1.37'];
const IN_OWN_STATE =
  /^(admission-|job-|terminating-|token-review-service|evict-in-term|pod-log-(previous-none|kubelet-without))/;
const HOLD = 'rec.example/hold';
/** Pods by the namespace in which they were recorded. */
const PODS = ['rec', 'recadm', 'rechook', 'recterm'];
const RECORDED_POD = /\/namespaces\/(\w+)\/pods\/([a-z]+-[a-z0-9]+-[a-z0-9]+)/;
/** Names that controllers end with characters of their own. */
const MADE_NAME = /\bj-[a-z0-9]{5}\b/g;

/** What only a simulated cluster can be brought into at will; a real one is compared by the other specs. */
describe.each(VERSIONS)(
  '12.25, 12.27, 12.31: an API server of %s in a state of its own answers as recorded',
  (version) => {
    let cluster: SimulatedCluster;
    let server: RawServer;
    const all = recorded(`real-api-server-${version}.json`);
    const asked = all.filter(({ name }) => IN_OWN_STATE.test(name));

    beforeAll(async () => {
      cluster = await startTestCluster();
      server = new RawServer(cluster.kubeconfigPath);
      for (const namespace of PODS) {
        cluster.store.create('Namespace', { metadata: { name: namespace } });
        const finalizers = namespace === 'recterm' ? [HOLD] : [];
        cluster.store.create('Pod', {
          metadata: { name: 'p', namespace, finalizers },
          spec: { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10.1' }] },
          status: { phase: 'Pending' },
        });
      }
      await eventually(() => PODS.every((namespace) => podOf(namespace).status?.phase === 'Running'), 60_000);
      await server.must({ method: 'DELETE', path: '/api/v1/namespaces/recterm' });
      await eventually(() => podOf('recterm').metadata.deletionTimestamp !== undefined, 30_000);
      await cluster.kubelets.control(podOf('rec').spec.nodeName, { fault: { kind: 'no-certificate' } });
      await keepJobFromPods();
      refuse();
    }, 120_000);
    afterAll(async () => {
      await server?.close();
      await cluster?.close();
    });

    const podOf = (namespace: string): Body => cluster.store.require('Pod', namespace, 'p');

    async function keepJobFromPods(): Promise<void> {
      const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
      cluster.store.create('Namespace', { metadata: { name: 'recps', labels } });
      const container = { name: 'c', image: 'registry.k8s.io/pause:3.10.1', securityContext: { privileged: true } };
      const template = { spec: { restartPolicy: 'Never', hostPID: true, containers: [container] } };
      cluster.store.create('Job', { metadata: { name: 'j', namespace: 'recps' }, spec: { template } });
      const refused = ({ reason, involvedObject }: Body) => reason === 'FailedCreate' && involvedObject.name === 'j';
      await eventually(() => cluster.store.list('Event', { namespace: 'recps' }).some(refused), 30_000);
    }

    /** The policies and the webhook that stood in the way: what is compared is what the API server makes of them. */
    function refuse(): void {
      const policy = (name: string, message: string, reason?: 'Forbidden') => ({
        admission: { policy: name, binding: name, message, ...(reason ? { reason } : {}) },
      });
      const eviction = (namespace: string) => ({ resource: 'pods', subresource: 'eviction', namespace });
      cluster.faults.set({
        id: 'evict',
        match: eviction('recadm'),
        effect: policy('rec-evict', 'evictions are frozen'),
      });
      cluster.faults.set({
        id: 'cordon',
        match: { verb: 'patch', resource: 'nodes' },
        effect: policy('rec-cordon', 'node-5 stays in service', 'Forbidden'),
      });
      cluster.faults.set({
        id: 'hook',
        match: eviction('rechook'),
        effect: { admission: { unreachableWebhook: 'hook.rec.example', url: 'https://127.0.0.1:1/x?timeout=2s' } },
      });
    }

    /** Names of the recorded pods to those of these. */
    const here = ({ request }: RecordedRequest, text: string): string => {
      const [, , pod] = RECORDED_POD.exec(request.path) ?? [];
      return (pod ? text.replaceAll(pod, 'p') : text).replace(MADE_NAME, 'j-made');
    };

    const CHECKS: Record<string, (body: Body, wanted: Body) => void> = {
      'job-kept-from-pods': (body, wanted) => {
        const { involvedObject: job, ...first } = wanted.items[0];
        const found = body.items.filter(({ reason }: Body) => reason === 'FailedCreate');
        expectLike(found[0], { ...first, involvedObject: { ...job, uid: null }, count: null });
      },
      'token-review-service-account': (body, { status, ...wanted }) => {
        expectLike({ ...body, spec: null }, { ...wanted, spec: null });
        const [credential] = Object.keys(status.user.extra);
        expect(body.status.user.extra[credential as string][0]).toMatch(/^JTI=[0-9a-f-]{36}$/);
        expectLike(body.status, { ...status, user: { ...status.user, extra: null } });
      },
    };

    it.each(asked)('$name', async (wanted) => {
      const { body, ...request } = wanted.request;
      const sent = body && JSON.parse(here(wanted, JSON.stringify(body)));
      if (sent?.spec?.token) sent.spec.token = cluster.access.addServiceAccount('rec', 'default');
      const answer = await server.send({ ...request, path: here(wanted, request.path), body: sent });
      expectSameHead(answer, wanted);
      const found = JSON.parse(here(wanted, answer.text));
      const expected = JSON.parse(here(wanted, JSON.stringify(wanted.response.body)));
      (CHECKS[wanted.name] ?? ((actual: Body, like: Body) => expectLike(actual, like)))(found, expected);
    });

    it('12 leaves none of the recorded requests out', () => {
      const others = all.filter(({ name }) => !IN_OWN_STATE.test(name));
      console.info(`API server ${version}: ${others.length} + ${asked.length} of ${all.length} recorded requests run`);
      expect(asked).toHaveLength(10);
    });
  },
);
