import { describe, expect, it } from 'vitest';
import type { Pod } from '../controllers/kube-types.js';
import { startControllers } from '../controllers/start-controllers.js';
import { ObjectStore } from '../store/object-store.js';
import { loadScaleProfile } from './scale-profile.js';

describe('scale profile', () => {
  it('comes to rest as it was loaded: nothing is created, moved or removed by the controllers', () => {
    const store = new ObjectStore({ seed: 1 });
    let loaded = 0;
    const running = startControllers(store, {
      load: (target) => {
        loadScaleProfile(target, { nodes: 100, podsPerNode: 30 });
        loaded = target.count('Pod');
      },
    });
    running.stop();
    expect([store.count('Node'), loaded, store.count('Pod')]).toEqual([100, 3_000, 3_000]);
    const pods = store.list('Pod') as unknown as Pod[];
    expect(new Set(pods.map((pod) => pod.spec.nodeName)).size).toBe(100);
    expect(new Set(pods.map((pod) => pod.metadata.labels)).size).toBe(2_000);
    const sets = store.list('ReplicaSet');
    expect(sets.every((set) => set.status.readyReplicas === set.spec.replicas)).toBe(true);
    expect(store.list('PodDisruptionBudget').some((budget) => budget.status.disruptionsAllowed > 0)).toBe(true);
  });
});
