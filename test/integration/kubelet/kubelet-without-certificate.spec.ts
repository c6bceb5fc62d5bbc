import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SimulatedCluster } from '../../../packages/simulated-cluster/src/start-simulated-cluster.js';
import { type ApiApp, startApiApp } from '../../support/api-app.js';
import { KubeRequests } from '../../support/kube-requests.js';
import { startTestCluster } from '../../support/simulated-cluster.js';

/** A node whose request for a serving certificate nobody has decided on, and one without a request. */
const ASKED = 'worker-5';
const UNASKED = 'worker-1';
const REQUEST = 'csr-of-worker-5';

describe('12.27 a kubelet without a serving certificate', () => {
  let cluster: SimulatedCluster;
  const apps: Record<string, ApiApp> = {};

  beforeAll(async () => {
    cluster = await startTestCluster();
    for (const kubelet of [ASKED, UNASKED])
      await cluster.kubelets.control(kubelet, { fault: { kind: 'no-certificate' } });
    const request = (name: string, second: number, status: object) =>
      cluster.store.create('CertificateSigningRequest', {
        metadata: { name, creationTimestamp: `2026-11-20T10:00:0${second}Z` },
        spec: {
          request: '',
          signerName: 'kubernetes.io/kubelet-serving',
          username: `system:node:${ASKED}`,
          usages: [],
        },
        status,
      });
    for (const csr of cluster.store.list('CertificateSigningRequest'))
      cluster.store.delete('CertificateSigningRequest', undefined, csr.metadata.name);
    request('csr-before', 1, {});
    request(REQUEST, 2, {});
    request('csr-denied', 3, { conditions: [{ type: 'Denied', status: 'True' }] });
    for (const transport of ['direct', 'proxy'])
      apps[transport] = await startApiApp(cluster.kubeconfigPath, { KUBELET_TRANSPORT: transport });
  });
  afterAll(async () => {
    for (const app of Object.values(apps)) await app.close();
    await cluster?.close();
  });

  const podOn = (node: string) => {
    const pods = cluster.store.list('Pod');
    const found = pods.find(({ spec, status }) => spec?.nodeName === node && status?.phase === 'Running');
    return found?.metadata as { namespace: string; name: string };
  };
  const explanation = (node: string) => ({
    status: 503,
    body: {
      code: 'KUBELET_UNAVAILABLE',
      cause: 'TLS',
      node,
      detail: expect.stringContaining('it has no serving certificate yet'),
    },
  });

  it.each(['direct', 'proxy'])('is explained with its request, asked by the %s way', async (transport) => {
    const { client } = apps[transport] as ApiApp;
    for (const page of ['kubelet-config', 'kubelet-flags', 'metrics/kubelet', 'logs']) {
      const answer = await client.rest('GET', `/api/v1/clusters/demo/nodes/${ASKED}/${page}`);
      expect(answer, page).toMatchObject(explanation(ASKED));
      expect(answer.body, page).toMatchObject({
        servingCertificateRequest: REQUEST,
        detail: expect.stringContaining(`"${REQUEST}"`),
      });
    }
    const unasked = await client.rest('GET', `/api/v1/clusters/demo/nodes/${UNASKED}/kubelet-config`);
    expect(unasked).toMatchObject(explanation(UNASKED));
    expect(unasked.body).not.toHaveProperty('servingCertificateRequest');
  });

  it('is explained with its request where the log of a pod is read', async () => {
    const { namespace, name } = podOn(ASKED);
    const path = `/api/v1/clusters/demo/namespaces/${namespace}/pods/${name}/logs`;
    const answer = await (apps.direct as ApiApp).client.rest('GET', path);
    expect(answer).toMatchObject(explanation(ASKED));
    expect(answer.body.servingCertificateRequest).toBe(REQUEST);
  });

  it('is explained in GraphQL too', async () => {
    const { client } = apps.direct as ApiApp;
    const { errors } = await client.graphql(
      `query ($node: String!) { kubeletConfig(cluster: "demo", node: $node) { config } }`,
      { node: ASKED },
    );
    expect(errors).toMatchObject([
      { extensions: { code: 'KUBELET_UNAVAILABLE', cause: 'TLS', servingCertificateRequest: REQUEST } },
    ]);
  });

  it('is answered by the simulated API server as by the recorded one', async () => {
    const kube = new KubeRequests(cluster.kubeconfigPath);
    const { namespace, name } = podOn(ASKED);
    const log = await kube.get(`/api/v1/namespaces/${namespace}/pods/${name}/log`);
    kube.close();
    expect([log.status, log.body.reason, log.body.code]).toEqual([500, undefined, 500]);
    expect(log.body.message).toMatch(
      /^Get "https:\/\/[^"/]+:\d+\/containerLogs\/[^"/]+\/[^"/]+\/[^"/?]+": remote error: tls: internal error$/,
    );
  });

  it('is well again once the certificate is there', async () => {
    await cluster.kubelets.control(ASKED, { fault: null });
    for (const { client } of Object.values(apps)) {
      const answer = await client.rest('GET', `/api/v1/clusters/demo/nodes/${ASKED}/kubelet-config`);
      expect(answer.status).toBe(200);
    }
  });
});
