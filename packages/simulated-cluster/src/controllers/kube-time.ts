/** Kubernetes writes whole seconds. */
export const kubeTime = (date: Date = new Date()): string => `${date.toISOString().slice(0, 19)}Z`;

/** Leases and events carry microseconds. */
export const kubeMicroTime = (date: Date = new Date()): string => `${date.toISOString().slice(0, 23)}000Z`;
