import { ClusterClient } from './cluster-client.js';
import { freezeProcesses } from './freeze-processes.js';
import { HttpClient } from './http-client.js';
import { PostgresServer, type TestDatabase } from './postgres-server.js';
import { BootedProcess } from './processes.js';
import { redisOfThisRun } from './product.js';
import type { TestRedis } from './redis.js';
import { type ClusterProcess, startTestClusterProcess } from './simulated-cluster.js';
import { StartedParts } from './started-parts.js';

type ClusterOptions = Parameters<typeof startTestClusterProcess>[0];

/** The product as an operator installs it: API and worker processes of their own over one Postgres, queue and cluster. */
export class Installation {
  readonly processes: BootedProcess[] = [];

  private constructor(
    private readonly parts: StartedParts,
    private readonly server: PostgresServer,
    readonly database: TestDatabase,
    readonly redis: TestRedis | null,
    private readonly clusterProcess: ClusterProcess,
    readonly cluster: ClusterClient,
    readonly adminToken: string,
    /** What its processes are started with. */
    readonly env: Readonly<Record<string, string>>,
  ) {}

  /** Nothing is left behind when a part of it does not start. */
  static start(clusterOptions: ClusterOptions = {}): Promise<Installation> {
    return Installation.with(() => startTestClusterProcess(clusterOptions));
  }

  /** With a cluster that somebody else made, in this process for one; it ends with the rest. */
  static with(startCluster: () => Promise<ClusterProcess>): Promise<Installation> {
    const parts = new StartedParts();
    return parts.orStop(() => Installation.startParts(parts, startCluster));
  }

  private static async startParts(
    parts: StartedParts,
    startCluster: () => Promise<ClusterProcess>,
  ): Promise<Installation> {
    const [server, clusterProcess, redis] = await Promise.all([
      parts.start(PostgresServer.start(), (started) => started.stop()),
      parts.start(startCluster(), (started) => started.close()),
      parts.start(redisOfThisRun(), async (started) => started?.stop()),
    ]);
    const database = await server.createDatabase();
    const env = {
      DATABASE_URL: database.url,
      KUBECONFIG: clusterProcess.kubeconfigPath,
      ...(redis ? { QUEUE_URL: redis.url } : {}),
    };
    const once = await BootedProcess.boot({ env: { ...env, ROLE: 'admin-token', LOG_LEVEL: 'error' }, until: 'none' });
    await once.exited;
    const adminToken = /ns_\S+/.exec(once.output)?.[0];
    if (!adminToken) throw new Error(`no admin token was printed:\n${once.output}`);
    const cluster = new ClusterClient(clusterProcess.kubeconfigPath);
    parts.start(Promise.resolve(cluster), (started) => started.close());
    return new Installation(parts, server, database, redis, clusterProcess, cluster, adminToken, env);
  }

  get kubeconfigPath(): string {
    return this.clusterProcess.kubeconfigPath;
  }

  async api(env: Record<string, string> = {}): Promise<HttpClient> {
    const process = await BootedProcess.boot({ role: 'api', env: { ...this.env, ...env } });
    this.processes.push(process);
    return new HttpClient(process.url, this.adminToken);
  }

  async worker(env: Record<string, string> = {}): Promise<BootedProcess> {
    const process = await BootedProcess.boot({
      role: 'worker',
      env: { ...this.env, ...env },
      until: /worker takes jobs/,
    });
    this.processes.push(process);
    return process;
  }

  /** Stops Postgres where it is, with all connections open. Returns what lets it go on. */
  freezeDatabase(): () => void {
    return this.server.freeze();
  }

  /** Stops the cluster's process where it is, in the same way. */
  freezeCluster(): () => void {
    return freezeProcesses(this.clusterProcess.pid);
  }

  /** A token with these grants, made by the administrator. */
  async token(api: HttpClient, bindings: unknown[], more: Record<string, unknown> = {}): Promise<string> {
    const body = { name: 'test', actorType: 'bot', bindings, ...more };
    const answer = await api.rest('POST', '/api/v1/api-tokens', { body, token: this.adminToken });
    if (answer.status !== 201) throw new Error(`no token: ${JSON.stringify(answer.body)}`);
    return (answer.body.text ?? answer.body.token) as string;
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
    await this.parts.stop();
  }
}
