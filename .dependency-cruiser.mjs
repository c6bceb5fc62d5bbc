// The dependency rule of docs/ARCHITECTURE.md. `BASE` lets the same rules read the known-bad fixture, a tree like src.
const BASE = '^(?:test/architecture/known-bad/)?';
const SRC = `${BASE}src/`;
const SIMULATED_CLUSTER = `${BASE}packages/simulated-cluster/`;
const FEATURE = `${SRC}features/([^/]+)/`;
/** Features whose files lie flat in slices. What has no suffix there, or ends in `.machine`, is pure. */
const SLICED = `${SRC}features/(?:operations|maintenance)/`;
const PURE = `${SLICED}(?!index)[a-z0-9/-]+(?:\\.machine)?\\.ts$`;
const error = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

/** Features each feature may import, besides itself. */
const MAY_IMPORT = {
  access: [],
  audit: ['access'],
  clusters: ['access', 'audit'],
  nodes: ['clusters', 'access', 'audit'],
  approvals: ['clusters', 'access', 'audit'],
  operations: ['approvals', 'nodes', 'clusters', 'access', 'audit'],
  maintenance: ['operations', 'approvals', 'nodes', 'clusters', 'access', 'audit'],
  'kubelet-config': ['approvals', 'nodes', 'clusters', 'access', 'audit'],
  notifications: ['access', 'audit'],
};

const dag = Object.entries(MAY_IMPORT).map(([feature, allowed]) =>
  error(
    `dag-${feature}`,
    `${feature} may import only: ${allowed.join(', ')}`,
    { path: `${SRC}features/${feature}/` },
    { path: `${SRC}features/`, pathNot: `${SRC}features/(${[feature, ...allowed].join('|')})/` },
  ),
);

export default {
  forbidden: [
    error(
      'no-circular',
      'cycles between files',
      { path: [SRC, SIMULATED_CLUSTER] },
      { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    ),
    error(
      'kernel-is-pure',
      'the kernel imports nothing of ours',
      { path: `${SRC}kernel/` },
      { path: SRC, pathNot: `${SRC}kernel/` },
    ),
    error(
      'domain-is-pure',
      'domain imports its own domain and the kernel',
      { path: `${FEATURE}domain/`, pathNot: '\\.spec\\.ts$' },
      { path: SRC, pathNot: [`${SRC}features/$1/domain/`, `${SRC}kernel/`] },
    ),
    error(
      'domain-without-framework',
      'no framework, driver or I/O in domain',
      { path: `${FEATURE}domain/`, pathNot: '\\.spec\\.ts$' },
      { path: '(^|/)(@nestjs|typeorm|pg|bullmq|ioredis|fastify|@kubernetes|undici)(/|$)' },
    ),
    error(
      'application-inward',
      'application does not import api, worker or infra',
      { path: `${FEATURE}application/`, pathNot: '\\.spec\\.ts$' },
      { path: `${SRC}features/$1/(api|worker|infra)/` },
    ),
    error(
      'pure-in-slices',
      'in a slice a file without a suffix, and a machine, takes nothing but types from what is impure',
      { path: PURE },
      {
        path: SRC,
        pathNot: [PURE, `${SRC}kernel/`, `${SRC}platform/queue/queued-job\\.ts$`],
        dependencyTypesNot: ['type-only'],
      },
    ),
    error(
      'pure-in-slices-without-framework',
      'no framework, driver or I/O in what is pure',
      { path: PURE },
      { path: '(^|/)(@nestjs|typeorm|pg|bullmq|ioredis|fastify|@kubernetes|undici)(/|$)' },
    ),
    error(
      'services-inward',
      'in a slice a use case knows ports, not adapters and not the API',
      { path: `${SLICED}.*\\.(?:service|port)\\.ts$` },
      {
        path: `${SLICED}.*\\.(?:controller|resolver|dto|processor|adapter|repository|entity|module)\\.ts$`,
        dependencyTypesNot: ['type-only'],
      },
    ),
    error(
      'types-apart',
      'a type of operation builds on the engine, on nodes that are cordoned, and on no other type',
      { path: `${SRC}features/operations/(cordon|drain|kubelet)/` },
      {
        path: `${SRC}features/operations/(?:cordon|drain|kubelet)/`,
        pathNot: `${SRC}features/operations/(?:$1|cordon)/`,
      },
    ),
    error(
      'features-by-index',
      'another feature is imported through its index.ts, its modules in composition roots only',
      { path: FEATURE },
      { path: FEATURE, pathNot: [`${SRC}features/$1/`, `${SRC}features/[^/]+/(index|model)\\.ts$`] },
    ),
    ...dag,
    error(
      'foundation-imports-no-feature',
      'platform, embedded and node-agent never import features',
      { path: `${SRC}(platform|embedded|node-agent|config|kernel)/` },
      { path: `${SRC}features/` },
    ),
    error(
      'simulated-cluster-stands-alone',
      'the simulated cluster imports nothing of the product',
      { path: `${SIMULATED_CLUSTER}src/` },
      { path: [SRC, `${BASE}test/`] },
    ),
    error(
      'simulated-cluster-is-a-cluster',
      'the product reaches the simulated cluster as it reaches any other: over HTTPS, with a kubeconfig',
      { path: SRC },
      { path: SIMULATED_CLUSTER },
    ),
    error(
      'apis-apart',
      'REST and GraphQL share what lies in platform/api, and nothing else',
      { path: `${SRC}platform/(api|rest|graphql)/`, pathNot: '\\.spec\\.ts$' },
      { path: `${SRC}platform/(?:api|rest|graphql)/`, pathNot: `${SRC}platform/(?:$1|api)/` },
    ),
    error(
      'node-agent-built-ins-only',
      'what runs on a node has no dependencies',
      { path: `${SRC}node-agent/` },
      { pathNot: `${SRC}node-agent/`, dependencyTypesNot: ['core'] },
    ),
    error(
      'kubernetes-client-in-one-place',
      'only platform/kubernetes imports the Kubernetes client',
      { path: SRC, pathNot: `${SRC}platform/kubernetes/` },
      { path: '(^|/)@kubernetes/client-node' },
    ),
    error(
      'bullmq-in-one-place',
      'only platform/queue imports bullmq and ioredis',
      { path: SRC, pathNot: `${SRC}platform/queue/` },
      { path: '(^|/)(bullmq|ioredis)(/|$)' },
    ),
    error(
      'typeorm-at-the-edge',
      'typeorm only in platform/postgres, infra, modules, entities, repositories and migrations; the relay shares its transaction',
      { path: SRC, pathNot: [`${SRC}platform/(postgres|queue)/`, '/infra/', '\\.(module|entity|repository)\\.ts$'] },
      { path: '(^|/)(typeorm|@nestjs/typeorm)(/|$)' },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    moduleSystems: ['es6'],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
