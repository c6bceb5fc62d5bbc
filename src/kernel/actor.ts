import type { DomainError } from './domain-error.js';

export type ActorType = 'person' | 'bot' | 'system';

/** A grant of one role, limited to clusters and nodes. */
export interface RoleBinding {
  role: string;
  /** Cluster names this grant covers; `*` covers all. */
  clusters: string[];
  /** Kubernetes label selector over nodes, in string form (`pool=batch,zone!=a`); absent covers every node. */
  nodeSelector?: string;
  /** Covers only what is in these namespaces, such as logs of pods, and no node as such; absent covers all. */
  namespaces?: string[];
}

/** Who asked: a person, a bot, or a bot on behalf of a person. */
export interface Actor {
  type: ActorType;
  /** Stable subject: `token:<id>`, an OIDC subject, or `system:worker`. */
  id: string;
  /** Name for people to read, never used for decisions. */
  displayName: string;
  groups: string[];
  bindings: RoleBinding[];
  authMethod: 'api-token' | 'oidc' | 'service-account' | 'internal';
  /** The verified person a bot acts for. */
  onBehalfOf?: string;
  /** For a bot: the person that owns it, who must not be joined by it in an approval. */
  ownedBy?: string;
  /** When the credential ends; streams close then. */
  credentialExpiresAt?: Date;
}

/** Facts of one incoming request that logs, audit events and Kubernetes calls carry. */
export interface RequestContext {
  requestId: string;
  traceId?: string;
  sourceIp?: string;
  userAgent?: string;
  /** By which the caller finds again what belongs together. */
  externalCorrelationId?: string;
}

/** What every use case gets: who asks and in which request. */
export interface Caller {
  actor: Actor;
  request: RequestContext;
  /**
   * Calls `end` once, when the credential is revoked, has expired, or stands for other rights than `actor` says. What
   * outlives its request asks for it. Returns how to stop.
   */
  whenCredentialLost?: (end: (why: DomainError) => void) => () => void;
}
