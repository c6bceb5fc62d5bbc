import { staleNameReason } from '../fields/stale-names.js';
import type { ConfigView } from '../validation/config-view.js';
import type { StalePractice } from './posture-finding.js';

/** What old guides tell people to do and this node still does. */
export function stalePractices(view: ConfigView, flags: Record<string, string> | undefined): StalePractice[] {
  const found: StalePractice[] = [];
  const readOnlyPort = view.number('readOnlyPort') ?? 0;
  if (readOnlyPort > 0) {
    const why =
      'Metrics on the read-only port are a practice of old guides: scrape /metrics on port 10250 with a token.';
    found.push({ id: 'READ_ONLY_PORT', seen: `readOnlyPort: ${readOnlyPort}`, why });
  }
  for (const name of ['containerRuntimeEndpoint', 'imageServiceEndpoint']) {
    const endpoint = view.text(name);
    if (/docker(shim)?\.sock/.test(endpoint) && !endpoint.includes('cri-dockerd')) {
      const why = 'Docker as a runtime (dockershim) is gone since Kubernetes 1.24: use containerd or CRI-O.';
      found.push({ id: 'DOCKER_RUNTIME', seen: `${name}: ${endpoint}`, why });
    }
  }
  for (const [flag, value] of Object.entries(flags ?? {})) {
    const name = flag.replace(/^--?/, '');
    // these exist as flags only, which is how they are meant to be used
    if (['v', 'hostname-override', 'node-labels', 'node-ip', 'kubeconfig', 'cloud-provider'].includes(name)) continue;
    const reason = staleNameReason(name);
    if (reason) found.push({ id: 'STALE_FLAG', seen: `--${name}=${value}`, why: `--${name} ${reason}` });
  }
  return found;
}
