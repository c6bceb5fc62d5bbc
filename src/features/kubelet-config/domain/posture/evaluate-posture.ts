import { isIP } from 'node:net';
import { type KubernetesVersion, parseKubernetesVersion } from '../parsing/kubernetes-version.js';
import { ConfigView } from '../validation/config-view.js';
import { CIS_CHECKS } from './cis-checks.js';
import { byPlatform, clusterPlatform } from './platform-practice.js';
import type { NodePosture, PostureFinding, PostureInput } from './posture-finding.js';
import { stalePractices } from './stale-practices.js';

const DEFAULT_EVENT_QPS = 50;
const UNKNOWN_VERSION: KubernetesVersion = { major: 1, minor: 0, patch: 0 };

/** The CIS checks of section 4.2 from what configz shows (an absent boolean is false) and from flags, ordered by id. */
export function evaluatePosture({ live, kubeletVersion, platform, flags }: PostureInput): NodePosture {
  const view = new ConfigView(live, parseKubernetesVersion(kubeletVersion) ?? UNKNOWN_VERSION);
  const checks = CIS_CHECKS.map(({ id, title, wanted, why, seen, passes, fix }): PostureFinding => {
    const passed = passes(view);
    return { id, title, status: passed ? 'PASS' : 'FAIL', seen: seen(view), wanted, why, fix: passed ? null : fix };
  });
  const findings = [...checks, hostFiles(), hostnameOverride(flags), eventRate(view), healthzAddress(view)];
  const on = clusterPlatform(platform, kubeletVersion);
  const judged = findings.map((finding) => byPlatform(finding, on));
  return { findings: judged.sort(byId), stalePractices: stalePractices(view, flags) };
}

const hostFiles = (): PostureFinding => ({
  id: '4.1',
  title: 'Owners and modes of the kubelet files on the host',
  status: 'NOT_EVALUABLE',
  seen: null,
  wanted: 'files belong to root and are not writable by others (4.1.1 to 4.1.10)',
  why: 'The kubelet does not report them; a look at the host is needed.',
  fix: null,
});

function hostnameOverride(flags: Record<string, string> | undefined): PostureFinding {
  const seen = flags?.['hostname-override'] ?? flags?.['--hostname-override'] ?? null;
  return {
    id: '4.2.7',
    title: 'The node name is not overridden',
    status: flags === undefined ? 'NOT_EVALUABLE' : seen === null ? 'PASS' : 'FAIL',
    seen,
    wanted: '--hostname-override is not given',
    why: 'An overridden name may not match the certificate and the cloud instance. Some clouds need it; then accept it knowingly.',
    fix: null,
  };
}

/** A judgement call in the benchmark: a limit below the default may lose events, none may flood the API server. */
function eventRate(view: ConfigView): PostureFinding {
  const seen = view.number('eventRecordQPS') ?? 0;
  const passed = seen === 0 || seen >= DEFAULT_EVENT_QPS;
  return {
    id: '4.2.8',
    title: 'Events are recorded at a sufficient rate',
    status: passed ? 'PASS' : 'INFO',
    seen,
    wanted: `eventRecordQPS is 0 (no limit) or at least ${DEFAULT_EVENT_QPS}, the default`,
    why: 'Events above the limit are dropped, and with them traces of what happened on the node.',
    fix: passed ? null : { eventRecordQPS: DEFAULT_EVENT_QPS },
  };
}

function healthzAddress(view: ConfigView): PostureFinding {
  const seen = view.text('healthzBindAddress') || '127.0.0.1';
  const loopback = seen === '::1' || (isIP(seen) === 4 && seen.startsWith('127.'));
  const passed = loopback || view.number('healthzPort') === 0;
  return {
    id: 'NS-1',
    title: 'The health endpoint is only reachable on the node',
    status: passed ? 'PASS' : 'FAIL',
    seen,
    wanted: 'healthzBindAddress is a loopback address',
    why: 'The endpoint has no authentication; firewalls are the only guard if it listens on the network.',
    fix: passed ? null : { healthzBindAddress: '127.0.0.1' },
  };
}

// 4.2.9 before 4.2.10
const collator = new Intl.Collator('en', { numeric: true });
const byId = (a: PostureFinding, b: PostureFinding): number => collator.compare(a.id, b.id);
