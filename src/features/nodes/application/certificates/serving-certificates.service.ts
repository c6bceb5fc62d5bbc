import { Injectable } from '@nestjs/common';
import type { Caller } from '../../../../kernel/actor.js';
import { Clock } from '../../../../kernel/clock.js';
import { DomainError } from '../../../../kernel/domain-error.js';
import { ClusterConnections } from '../../../../platform/kubernetes/cluster-connections.js';
import { KubernetesApiError } from '../../../../platform/kubernetes/kubernetes-api-error.js';
import { kubernetesDomainError } from '../../../../platform/kubernetes/kubernetes-domain-error.js';
import { objectName } from '../../../../platform/kubernetes/object-name.js';
import {
  askingNode,
  SERVING_SIGNER,
  SIGNING_REQUESTS,
  type SigningRequest,
  servingRequests,
} from '../../../../platform/kubernetes/signing-requests.js';
import { MomentaryPermit } from '../../../../platform/lease/momentary-permit.js';
import { UnitOfWork } from '../../../../platform/postgres/unit-of-work.js';
import { AccessControl, Idempotency } from '../../../access/index.js';
import { AuditTrail } from '../../../audit/index.js';
import { checkServingRequest, type SafetyCheck } from './serving-request.js';

export interface ServingRequestView {
  readonly name: string;
  readonly node: string | null;
  readonly state: 'PENDING' | 'APPROVED' | 'DENIED' | 'FAILED';
  readonly issued: boolean;
  readonly createdAt: Date;
  readonly checks: readonly SafetyCheck[];
  readonly safe: boolean;
}

export interface CertificateDecision {
  readonly reason: string;
  /** Approve although a check fails; needs a right of its own. */
  readonly override?: boolean;
  readonly idempotencyKey?: string;
}

/** Certificates that kubelets ask for to serve with. An unsafe approval would let a node pose as another machine. */
@Injectable()
export class ServingCertificatesService {
  constructor(
    private readonly connections: ClusterConnections,
    private readonly access: AccessControl,
    private readonly audit: AuditTrail,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
    private readonly idempotency: Idempotency,
  ) {}

  /** Newest first, with the result of each check. */
  async list(caller: Caller, cluster: string): Promise<ServingRequestView[]> {
    await this.access.require(caller, 'csr.read', { type: 'Cluster', cluster });
    const found = await known(servingRequests(this.connections.get(cluster)));
    const views = await Promise.all(found.map((request) => this.view(cluster, request)));
    return views.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime());
  }

  /** @throws DomainError CSR_UNSAFE with the failed checks; CONFLICT once it is decided */
  approve(caller: Caller, cluster: string, name: string, decision: CertificateDecision): Promise<ServingRequestView> {
    return this.decide(caller, cluster, name, 'Approved', decision);
  }

  /** @throws DomainError CONFLICT once it is decided */
  deny(caller: Caller, cluster: string, name: string, decision: CertificateDecision): Promise<ServingRequestView> {
    return this.decide(caller, cluster, name, 'Denied', decision);
  }

  private async decide(
    caller: Caller,
    cluster: string,
    name: string,
    type: 'Approved' | 'Denied',
    { idempotencyKey, ...decision }: CertificateDecision,
  ): Promise<ServingRequestView> {
    const action = type === 'Approved' ? ('csr.approve' as const) : ('csr.deny' as const);
    await this.access.require(caller, action, { type: 'Cluster', cluster });
    const request = await this.read(cluster, name);
    const view = await this.view(cluster, request);
    const asked = { useCase: action, cluster, name, ...decision };
    const begin = () => this.begin(caller, cluster, request, view, { action, type, decision });
    let isFirst = false;
    const started = await this.idempotency.run(caller, idempotencyKey, asked, async () => {
      isFirst = true;
      return { intent: await begin() };
    });
    // A retry of what was decided gets the request as it is now; what broke off before the write is done again.
    if (!isFirst && view.state !== 'PENDING') return view;
    const intent = isFirst ? started.intent : await this.unitOfWork.run(begin);
    try {
      const decided = await this.write(cluster, request, type, decision.reason, caller);
      await this.unitOfWork.run(() =>
        this.audit.close([intent], { outcome: 'SUCCEEDED', after: factsOf(view, type, decision) }),
      );
      return await this.view(cluster, decided);
    } catch (cause) {
      const error =
        cause instanceof DomainError ? cause : new DomainError('INTERNAL', 'The decision failed.', { cause });
      const { code, message } = error;
      // Without an answer it may have been made all the same.
      const outcome = code === 'CLUSTER_UNAVAILABLE' ? 'UNKNOWN' : 'FAILED';
      await this.unitOfWork.run(() => this.audit.close([intent], { outcome, error: { code, message } }));
      throw error;
    }
  }

  /** Checks that the decision may be made, and records that it will be. */
  private async begin(
    caller: Caller,
    cluster: string,
    { spec, metadata: { name, uid } }: SigningRequest,
    view: ServingRequestView,
    { action, type, decision }: { action: 'csr.approve' | 'csr.deny'; type: string; decision: CertificateDecision },
  ): Promise<string> {
    if (view.state !== 'PENDING') {
      throw new DomainError('CONFLICT', `The request "${name}" is already ${view.state.toLowerCase()}.`);
    }
    const failed = view.checks.filter(({ passed }) => !passed);
    if (action === 'csr.approve' && failed.length > 0) {
      // Another signer's request is no matter of this endpoint: no right makes it one.
      if (!decision.override || spec.signerName !== SERVING_SIGNER) throw unsafe(name, failed);
      await this.access.require(caller, 'csr.override', { type: 'Cluster', cluster });
    }
    const resource = { type: 'CertificateSigningRequest', cluster, name, uid };
    const { reason } = decision;
    const after = factsOf(view, type, decision);
    const [intent] = await this.audit.record([{ kind: 'INTENT', caller, action, resource, reason, after }]);
    return intent as string;
  }

  /** Bound to the version whose checks were made: a request that changed in between is a conflict. */
  private write(
    cluster: string,
    request: SigningRequest,
    type: string,
    message: string,
    { request: { requestId } }: Caller,
  ): Promise<SigningRequest> {
    const now = `${this.clock.now().toISOString().slice(0, 19)}Z`;
    const condition = {
      type,
      status: 'True',
      reason: `NodeSteward${type}`,
      message,
      lastUpdateTime: now,
      lastTransitionTime: now,
    };
    const conditions = [...(request.status?.conditions ?? []), condition];
    const body = {
      ...request,
      apiVersion: 'certificates.k8s.io/v1',
      kind: 'CertificateSigningRequest',
      status: { ...request.status, conditions },
    };
    const path = `${SIGNING_REQUESTS}/${objectName(request.metadata.name)}/approval`;
    const change = { body, requestId, permit: new MomentaryPermit() };
    return known(this.connections.get(cluster).change<SigningRequest>('PUT', path, change));
  }

  private async read(cluster: string, name: string): Promise<SigningRequest> {
    const connection = this.connections.get(cluster);
    const reading = async () => connection.request<SigningRequest>('GET', `${SIGNING_REQUESTS}/${objectName(name)}`);
    return known(reading());
  }

  private async view(cluster: string, request: SigningRequest): Promise<ServingRequestView> {
    const node = askingNode(request);
    const checks = checkServingRequest(request, node === undefined ? undefined : await this.addresses(cluster, node));
    const has = (type: string) => request.status?.conditions?.some((condition) => condition.type === type) === true;
    return {
      name: request.metadata.name,
      node: node ?? null,
      state: has('Denied') ? 'DENIED' : has('Failed') ? 'FAILED' : has('Approved') ? 'APPROVED' : 'PENDING',
      issued: Boolean(request.status?.certificate),
      createdAt: new Date(request.metadata.creationTimestamp),
      checks,
      safe: checks.every(({ passed }) => passed),
    };
  }

  private async addresses(cluster: string, name: string): Promise<string[] | undefined> {
    try {
      const { status } = await this.connections.api(cluster).getNode(name);
      return (status.addresses ?? []).map(({ address }) => address);
    } catch (error) {
      if (error instanceof KubernetesApiError && error.status === 404) return undefined;
      throw kubernetesDomainError(error);
    }
  }
}

function factsOf(view: ServingRequestView, type: string, { override }: CertificateDecision) {
  const failedChecks = view.checks.filter(({ passed }) => !passed).map(({ id }) => id);
  return { type, override: override === true, failedChecks };
}

async function known<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw kubernetesDomainError(error);
  }
}

function unsafe(name: string, failed: readonly SafetyCheck[]): DomainError {
  const why = failed.map(({ id, detail }) => `${id} (${detail})`).join('; ');
  return new DomainError('CSR_UNSAFE', `The request "${name}" is not safe to approve: ${why}.`, {
    extensions: { failedChecks: failed.map(({ id }) => id) },
  });
}
