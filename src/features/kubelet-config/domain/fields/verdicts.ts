import { isJsonObject, type JsonObject, type JsonValue, ownValue } from '../json/json-value.js';
import { parseGoDuration } from '../parsing/go-duration.js';
import { type RiskVerdict, verdict } from './field-spec.js';

export const RESTART_ONLY = verdict('low', 'Takes effect at the kubelet restart; running pods are not touched.');
export const PERIODS = verdict('low', 'Only changes how often the kubelet works; a restart applies it.');
export const DEBUG_HANDLER = verdict(
  'medium',
  'Switches endpoints of the kubelet server on or off: tools that read logs, metrics or exec through it may stop working.',
);
export const CONTROL_PLANE_LOAD = verdict(
  'low',
  'Changes how much this kubelet may ask of the API server; a restart applies it.',
);
export const HEARTBEAT = verdict(
  'high',
  'Heartbeats must fit the node controller grace period: too slow and healthy nodes are marked NotReady and their pods evicted.',
);
export const LOCKOUT = (what: string) =>
  verdict('forbidden', `${what} Refused because it can cut the node off from the cluster.`);
export const REGISTRATION = verdict(
  'forbidden',
  'Only read when the node registers for the first time, so a change on a running node does nothing or splits its identity. Change the Node object instead.',
);
export const NODE_STATE = verdict(
  'high',
  'Per-pod state on the node depends on it, and a wrong value keeps the kubelet from starting.',
  true,
);
export const ADMISSION = verdict(
  'high',
  'Changes what the node can allocate: pods are admitted again at the restart and may be rejected or evicted.',
  true,
);
export const CHECKPOINT = verdict(
  'high',
  'The kubelet refuses to start with another value until its state file is deleted, which the rollout does after the drain.',
  true,
);

const number = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : 0);

export function maxPodsVerdict(before: JsonValue | undefined, after: JsonValue | undefined): RiskVerdict {
  if (number(after) >= number(before)) {
    return verdict('medium', 'More pods need addresses: check that the pod CIDR or the cloud IPAM has room for them.');
  }
  return verdict(
    'high',
    'Fewer pods are admitted again after the restart: those over the limit are rejected (OutOfpods).',
    true,
  );
}

export function readOnlyPortVerdict(_before: JsonValue | undefined, after: JsonValue | undefined): RiskVerdict {
  if (after === undefined || after === null || after === 0) {
    return verdict(
      'medium',
      'Closes the unauthenticated port; scrapers of port 10255 must move to the authenticated port first.',
    );
  }
  return verdict(
    'forbidden',
    'The read-only port serves pod and node data without authentication to anyone who can reach the node.',
  );
}

export function debuggingHandlersVerdict(_before: JsonValue | undefined, after: JsonValue | undefined): RiskVerdict {
  if (after !== false && after !== undefined) return DEBUG_HANDLER;
  return verdict(
    'high',
    'Blinds this service on the node: configuration, flags, logs, exec and verbosity are gone, and with them the proof that a change has worked and every further change through it.',
  );
}

const HARDENS = verdict(
  'high',
  'Only hardens access to the kubelet, but callers without valid credentials are refused afterwards.',
);
const weakens = (what: string) =>
  verdict(
    'forbidden',
    `${what} Access to the kubelet may only be hardened here: a mistake is a privilege escalation or a lockout.`,
  );

export function authenticationVerdict(before: JsonValue | undefined, after: JsonValue | undefined): RiskVerdict {
  if (at(after, 'anonymous', 'enabled') === true && at(before, 'anonymous', 'enabled') !== true) {
    return weakens('Turns anonymous access on.');
  }
  if (at(before, 'webhook', 'enabled') === true && at(after, 'webhook', 'enabled') !== true) {
    return weakens('Turns token authentication off.');
  }
  const caBefore = at(before, 'x509', 'clientCAFile') ?? '';
  if (caBefore !== '' && caBefore !== (at(after, 'x509', 'clientCAFile') ?? ''))
    return weakens('Replaces or removes the client CA.');
  if (isLonger(before, after, 'webhook', 'cacheTTL')) return weakens('Lets revoked tokens work for longer.');
  return HARDENS;
}

export function authorizationVerdict(before: JsonValue | undefined, after: JsonValue | undefined): RiskVerdict {
  const modeBefore = at(before, 'mode') ?? 'Webhook';
  const modeAfter = at(after, 'mode') ?? 'Webhook';
  if (modeAfter !== 'Webhook' && modeAfter !== modeBefore) return weakens('Turns authorization off.');
  if (isLonger(before, after, 'webhook', 'cacheAuthorizedTTL')) return weakens('Lets revoked rights work for longer.');
  return HARDENS;
}

function at(value: JsonValue | undefined, ...path: string[]): JsonValue | undefined {
  let current: JsonValue | undefined = value;
  for (const key of path) current = isJsonObject(current) ? ownValue(current as JsonObject, key) : undefined;
  return current;
}

function isLonger(before: JsonValue | undefined, after: JsonValue | undefined, ...path: string[]): boolean {
  const [from, to] = [at(before, ...path), at(after, ...path)];
  if (typeof to !== 'string' || typeof from !== 'string') return false;
  return (parseGoDuration(to) ?? 0n) > (parseGoDuration(from) ?? 0n);
}
