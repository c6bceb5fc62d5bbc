import { existsSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { RE2JS } from 're2js';
import { z } from 'zod';
import { StartupError } from '../kernel/startup-error.js';

/** `migrate` and `admin-token` do one thing and end. */
export type Role = 'api' | 'worker' | 'all' | 'migrate' | 'admin-token';

/** Settings of one process, read once at start. Frozen: nothing reads process.env after this. */
export interface AppConfig {
  readonly role: Role;
  readonly production: boolean;
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Base for links in answers and the banner. */
    readonly publicUrl: string;
    readonly bodyLimitBytes: number;
    /** Whose X-Forwarded-For is believed: nobody's, that of so many nearest proxies, or of these addresses. */
    readonly trustProxy: false | number | readonly string[];
    /** Origins whose pages may call the API from a browser. */
    readonly corsOrigins: readonly string[];
    /** Origins whose pages may show the pages of the service in a frame. */
    readonly frameAncestors: readonly string[];
  };
  /** Postgres URL; absent only in embedded mode before the embedded server has started. */
  readonly databaseUrl: string;
  readonly queueUrl: string;
  readonly kubernetes: {
    /** Kubeconfig file; null means the in-cluster service account. */
    readonly kubeconfigPath: string | null;
    /** Contexts to serve; empty means all of the kubeconfig. */
    readonly contexts: readonly string[];
    readonly requestTimeoutMs: number;
    /** Kubelet transport, see docs; `proxy` needs the right nodes/proxy. */
    readonly kubeletTransport: 'direct' | 'proxy';
    readonly kubeletCaFile: string | null;
    /** Namespace for leases and node agent jobs. */
    readonly namespace: string;
  };
  /** The pinned Job that does something on a node, and what counts as proof that the kubelet is back. */
  readonly nodeAgent: { readonly image: string; readonly recoverySeconds: number; readonly stableSeconds: number };
  /** Which parts this process brings itself, because no variable names a real one. */
  readonly embedded: { readonly postgres: boolean; readonly cluster: boolean; readonly home: string };
  /** Regular expressions: what matches in a log that is shown to a caller becomes [REDACTED]. */
  readonly logRedaction: readonly string[];
  readonly log: { readonly level: string; readonly pretty: boolean };
  readonly rateLimit: {
    readonly requests: number;
    readonly windowSeconds: number;
    /** Failed sign-ins a minute from one address. */
    readonly signInFailures: number;
    /** Open streams, texts, sockets and subscriptions of one principal. */
    readonly openStreams: number;
  };
  readonly graphql: { readonly introspection: boolean };
  readonly worker: {
    readonly concurrency: number;
    readonly evictionsPerSecond: number;
    /** Where a process that only works answers probes and scrapes; null for nowhere. */
    readonly probePort: number | null;
  };
}

const flag = z.enum(['true', 'false']).transform((v) => v === 'true');
const port = z.coerce.number().int().min(0).max(65535);

const MAX_PROXIES = 16;
const PROXY_NAMES = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** `true` is not among them: it would believe the first address of a header that every client can send. */
const trustedProxies = z
  .string()
  .default('false')
  .transform((text, context): AppConfig['http']['trustProxy'] => {
    if (text === 'false' || text === '0') return false;
    if (/^\d{1,2}$/.test(text) && Number(text) <= MAX_PROXIES) return Number(text);
    const proxies = text.split(',').map((proxy) => proxy.trim());
    if (proxies.every(isProxy)) return proxies;
    context.addIssue(
      'set it to the number of proxies in front of the service, such as 1, or to their addresses, such as 10.0.0.0/8,192.168.1.7',
    );
    return z.NEVER;
  });

/** Exact origins: a wildcard would let any page act with what its visitor pasted into it. */
const origins = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
  )
  .refine(
    (list) => list.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    'must be origins such as https://portal.example.com, separated by commas, without a path',
  );

const Environment = z.object({
  ROLE: z.enum(['api', 'worker', 'all', 'migrate', 'admin-token']).default('all'),
  NODE_ENV: z.string().optional(),
  HOST: z.string().optional(),
  PORT: port.default(8080),
  PUBLIC_URL: z.url().optional(),
  TRUST_PROXY: trustedProxies,
  CORS_ORIGINS: origins,
  FRAME_ANCESTORS: origins,
  NODE_STEWARD_HOME: z.string().min(1).default('.node-steward'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgres://')
    .optional(),
  QUEUE_URL: z
    .string()
    .regex(/^(rediss?|postgres(ql)?):\/\//, 'must start with redis:// or postgres://')
    .optional(),
  KUBECONFIG: z.string().min(1).optional(),
  KUBE_CONTEXTS: z.string().optional(),
  KUBE_REQUEST_TIMEOUT_MS: z.coerce.number().int().min(100).max(120_000).default(10_000),
  KUBELET_TRANSPORT: z.enum(['direct', 'proxy']).default('direct'),
  KUBELET_CA_FILE: z.string().optional(),
  NODE_STEWARD_NAMESPACE: z.string().default('node-steward'),
  NODE_AGENT_IMAGE: z.string().min(1).default('docker.io/library/busybox:1.37.0'),
  KUBELET_RECOVERY_SECONDS: z.coerce.number().int().min(1).max(3600).default(120),
  KUBELET_STABLE_SECONDS: z.coerce.number().int().min(1).max(600).default(15),
  KUBERNETES_SERVICE_HOST: z.string().optional(),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  LOG_REDACTION: z
    .string()
    .transform((text) => text.split('\n').filter((line) => line !== ''))
    .refine((rules) => rules.every(compiles), 'must be one regular expression a line')
    .default([]),
  LOG_FORMAT: z.enum(['pretty', 'json']).optional(),
  RATE_LIMIT_REQUESTS: z.coerce.number().int().min(1).default(1200),
  MAX_OPEN_STREAMS: z.coerce.number().int().min(1).default(1000),
  SIGN_IN_FAILURES: z.coerce.number().int().min(1).default(60),
  RATE_LIMIT_WINDOW_SECONDS: z.coerce.number().int().min(1).default(60),
  GRAPHQL_INTROSPECTION: flag.optional(),
  WORKER_PORT: port.optional(),
  WORKER_CONCURRENCY: z.coerce.number().int().min(1).max(500).default(50),
  EVICTIONS_PER_SECOND: z.coerce.number().min(0.1).max(1000).default(20),
});

/**
 * Turns environment variables into the configuration.
 * @throws StartupError with one line that names the variable and what it should be.
 */
export function loadConfig(env: NodeJS.ProcessEnv, isTerminal: boolean): AppConfig {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = Environment.safeParse(present);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new StartupError(`${String(issue?.path[0])} is not usable: ${issue?.message}`);
  }
  const e = parsed.data;
  const inCluster = e.KUBERNETES_SERVICE_HOST !== undefined;
  const embeddedPostgres = e.DATABASE_URL === undefined;
  const lacksCluster = e.KUBECONFIG === undefined && !inCluster;
  const embeddedCluster = lacksCluster && e.ROLE === 'all';
  if (embeddedPostgres && e.ROLE !== 'all') {
    throw new StartupError(`ROLE=${e.ROLE} needs DATABASE_URL: set it to a postgres:// URL that API and workers share`);
  }
  if (lacksCluster && (e.ROLE === 'api' || e.ROLE === 'worker')) {
    throw new StartupError(`ROLE=${e.ROLE} needs KUBECONFIG: set it to a kubeconfig file, or run inside a cluster`);
  }
  if (e.KUBECONFIG !== undefined && !existsSync(e.KUBECONFIG)) {
    throw new StartupError(`KUBECONFIG names ${e.KUBECONFIG}, which does not exist: set it to a kubeconfig file`);
  }
  const production = e.NODE_ENV === 'production';
  const host = e.HOST ?? (embeddedPostgres || embeddedCluster ? '127.0.0.1' : '0.0.0.0');
  const databaseUrl = e.DATABASE_URL ?? '';
  return deepFreeze({
    role: e.ROLE,
    production,
    http: {
      host,
      port: e.PORT,
      publicUrl: e.PUBLIC_URL ?? `http://${host === '0.0.0.0' ? 'localhost' : host}:${e.PORT}`,
      bodyLimitBytes: 256 * 1024,
      trustProxy: e.TRUST_PROXY,
      corsOrigins: e.CORS_ORIGINS,
      frameAncestors: e.FRAME_ANCESTORS,
    },
    databaseUrl,
    queueUrl: e.QUEUE_URL ?? databaseUrl,
    kubernetes: {
      kubeconfigPath: e.KUBECONFIG ?? null,
      contexts: e.KUBE_CONTEXTS?.split(',').map((c) => c.trim()) ?? [],
      requestTimeoutMs: e.KUBE_REQUEST_TIMEOUT_MS,
      kubeletTransport: e.KUBELET_TRANSPORT,
      kubeletCaFile: e.KUBELET_CA_FILE ?? null,
      namespace: e.NODE_STEWARD_NAMESPACE,
    },
    nodeAgent: {
      image: e.NODE_AGENT_IMAGE,
      recoverySeconds: e.KUBELET_RECOVERY_SECONDS,
      stableSeconds: e.KUBELET_STABLE_SECONDS,
    },
    embedded: { postgres: embeddedPostgres, cluster: embeddedCluster, home: resolve(e.NODE_STEWARD_HOME) },
    logRedaction: e.LOG_REDACTION,
    log: { level: e.LOG_LEVEL, pretty: (e.LOG_FORMAT ?? (isTerminal && !production ? 'pretty' : 'json')) === 'pretty' },
    rateLimit: {
      requests: e.RATE_LIMIT_REQUESTS,
      windowSeconds: e.RATE_LIMIT_WINDOW_SECONDS,
      signInFailures: e.SIGN_IN_FAILURES,
      openStreams: e.MAX_OPEN_STREAMS,
    },
    graphql: { introspection: e.GRAPHQL_INTROSPECTION ?? !production },
    worker: {
      concurrency: e.WORKER_CONCURRENCY,
      evictionsPerSecond: e.EVICTIONS_PER_SECOND,
      probePort: probePortOf(e.ROLE, e.WORKER_PORT),
    },
  });
}

/** Only a process that does nothing else: the others answer probes beside their API. */
const probePortOf = (role: Role, wanted: number | undefined): number | null =>
  role === 'worker' ? (wanted ?? null) : null;

function isProxy(text: string): boolean {
  if (PROXY_NAMES.has(text)) return true;
  const [address = '', length, ...more] = text.split('/');
  const version = address.includes('%') ? 0 : isIP(address);
  if (version === 0 || more.length > 0) return false;
  return (
    length === undefined ||
    (/^\d{1,3}$/.test(length) && Number(length) >= 1 && Number(length) <= (version === 4 ? 32 : 128))
  );
}

function compiles(pattern: string): boolean {
  try {
    return RE2JS.compile(pattern).pattern() !== '';
  } catch {
    return false;
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (typeof member === 'object' && member !== null) deepFreeze(member);
  return Object.freeze(value);
}
