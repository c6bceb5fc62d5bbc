/**
 * Freezes a JSON value all the way down. Stops at what is frozen already, so that sub-objects shared by many objects
 * (labels, pod specs of one replica set) cost nothing after the first time.
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  if (Array.isArray(value)) for (const item of value) deepFreeze(item);
  else for (const key in value) deepFreeze(value[key]);
  return value;
}
