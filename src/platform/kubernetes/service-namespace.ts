import { Inject, Injectable } from '@nestjs/common';
import type { AppConfig } from '../../config/app-config.js';
import { APP_CONFIG } from '../../config/config.module.js';
import { monotonicNow } from '../../kernel/monotonic.js';
import { Logger } from '../telemetry/logger.js';
import { ClusterConnections } from './cluster-connections.js';
import { KubernetesApiError } from './kubernetes-api-error.js';

/** Probes come every few seconds. */
const CHECKED_FOR_MS = 10_000;
const CHECK_MS = 1_500;

/** Those of readiness, which this folder knows nothing of. */
interface Checks {
  register(name: string, check: () => Promise<string | undefined>, options: { required: boolean }): void;
}

interface NamespaceProblem {
  readonly kind: 'ABSENT' | 'FORBIDDEN';
  readonly message: string;
  /** It was seen when something was written: a look says nothing of that. */
  readonly isWrite?: boolean;
}

/**
 * The namespace, in each cluster, of the leases and of the node agent's Jobs. Operations go on without it, so that it is
 * nobody's failure: where it can't be used, that is logged once, and readiness shows it.
 */
@Injectable()
export class ServiceNamespace {
  private readonly namespace: string;
  private readonly problems = new Map<string, NamespaceProblem>();
  private readonly checkedAt = new Map<string, number>();

  constructor(
    private readonly connections: ClusterConnections,
    @Inject(APP_CONFIG) config: AppConfig,
    private readonly logger: Logger,
  ) {
    this.namespace = config.kubernetes.namespace;
  }

  /** One check a cluster, not required: operations go on. */
  registerChecks(checks: Checks): void {
    for (const cluster of this.connections.names()) {
      checks.register(`namespace:${cluster}`, () => this.check(cluster), { required: false });
    }
  }

  /**
   * Runs what uses it, and goes on where it can't be used.
   * @param work true: it has written something. A read tells nothing: what is not there and where it would be look alike.
   * @throws what else `work` throws
   */
  async use(cluster: string, work: () => Promise<boolean>): Promise<void> {
    try {
      if (await work()) this.note(cluster, null);
    } catch (error) {
      const problem = this.problemOf(error);
      if (!problem) throw error;
      this.note(cluster, { ...problem, isWrite: problem.kind === 'FORBIDDEN' });
    }
  }

  /** For readiness. @throws Error that says why it can't be used, or looked at */
  async check(cluster: string): Promise<string> {
    const now = monotonicNow();
    if (now - (this.checkedAt.get(cluster) ?? Number.NEGATIVE_INFINITY) >= CHECKED_FOR_MS) {
      await this.look(cluster);
      this.checkedAt.set(cluster, now);
    }
    const problem = this.problems.get(cluster);
    if (problem) throw new Error(problem.message);
    return this.namespace;
  }

  private async look(cluster: string): Promise<void> {
    const { namespace } = this;
    const signal = AbortSignal.timeout(CHECK_MS);
    try {
      const found = await this.connections.api(cluster).getNamespace(namespace, { signal });
      if (!found) this.note(cluster, this.absent());
      // Whether it may be written to is known by writing only.
      else if (!this.problems.get(cluster)?.isWrite) this.note(cluster, null);
    } catch (error) {
      const problem = this.problemOf(error);
      if (!problem) throw error;
      this.note(cluster, problem);
    }
  }

  private note(cluster: string, problem: NamespaceProblem | null): void {
    const known = this.problems.get(cluster) ?? null;
    if (known?.kind === problem?.kind) return;
    const { namespace } = this;
    if (problem) {
      this.problems.set(cluster, problem);
      this.logger.warn(
        { cluster, namespace, problem: problem.message },
        'the namespace of the service can not be used',
      );
    } else {
      this.problems.delete(cluster);
      this.logger.info({ cluster, namespace }, 'the namespace of the service can be used');
    }
  }

  private problemOf(error: unknown): NamespaceProblem | null {
    if (!(error instanceof KubernetesApiError)) return null;
    if (error.status === 403) {
      return { kind: 'FORBIDDEN', message: `the namespace "${this.namespace}" may not be used: ${error.message}` };
    }
    return error.status === 404 && error.message.startsWith('namespaces ') ? this.absent() : null;
  }

  private absent(): NamespaceProblem {
    return { kind: 'ABSENT', message: `there is no namespace "${this.namespace}": create it` };
  }
}
