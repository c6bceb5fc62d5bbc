import { vi } from 'vitest';

/** Of a busy machine; what holds sooner is not waited for. */
const PATIENCE = { timeout: 60_000, interval: 50 };

/** Until the callback does not throw: Vitest's own gives up after a second. */
export const waitFor = <T>(callback: () => T | Promise<T>): Promise<T> => vi.waitFor(callback, PATIENCE);
