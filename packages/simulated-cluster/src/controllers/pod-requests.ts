import type { Container, PodSpec, Quantities } from './kube-types.js';
import { quantity } from './quantity.js';

export type Amounts = Record<string, number>;

function add(into: Amounts, quantities: Quantities | undefined): void {
  for (const [name, text] of Object.entries(quantities ?? {})) into[name] = (into[name] ?? 0) + quantity(text);
}

function raise(into: Amounts, amounts: Amounts): void {
  for (const [name, amount] of Object.entries(amounts)) into[name] = Math.max(into[name] ?? 0, amount);
}

const requestsOf = (container: Container): Quantities | undefined => container.resources?.requests;

const cache = new WeakMap<PodSpec, Amounts>();

/**
 * What the scheduler reserves for a pod: containers plus sidecars, or the largest init container with the sidecars
 * started before it, whichever is more; pod-level requests override; overhead comes on top.
 */
export function podRequests(spec: PodSpec): Amounts {
  const known = cache.get(spec);
  if (known) return known;
  const running: Amounts = {};
  for (const container of spec.containers) add(running, requestsOf(container));
  const sidecars: Amounts = {};
  const initPeak: Amounts = {};
  for (const init of spec.initContainers ?? []) {
    if (init.restartPolicy === 'Always') {
      add(running, requestsOf(init));
      add(sidecars, requestsOf(init));
      raise(initPeak, sidecars);
    } else {
      const peak = { ...sidecars };
      add(peak, requestsOf(init));
      raise(initPeak, peak);
    }
  }
  raise(running, initPeak);
  for (const [name, text] of Object.entries(spec.resources?.requests ?? {})) running[name] = quantity(text);
  add(running, spec.overhead);
  cache.set(spec, running);
  return running;
}
