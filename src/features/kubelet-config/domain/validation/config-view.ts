import { isGateOn, type ReportedGates } from '../fields/feature-gates.js';
import { isJsonObject, type JsonObject, type JsonValue, ownValue } from '../json/json-value.js';
import { parseGoDuration } from '../parsing/go-duration.js';
import type { KubernetesVersion } from '../parsing/kubernetes-version.js';
import { parseQuantity } from '../parsing/quantity.js';

/** Typed reads of an effective document. A field that is absent, or of a wrong type, reads as its zero value: nothing here throws. */
export class ConfigView {
  constructor(
    readonly config: JsonObject,
    readonly version: KubernetesVersion,
    private readonly reported: ReportedGates = {},
  ) {}

  value(...path: string[]): JsonValue | undefined {
    let current: JsonValue | undefined = this.config;
    for (const key of path) current = isJsonObject(current) ? ownValue(current, key) : undefined;
    return current;
  }

  bool(...path: string[]): boolean {
    return this.value(...path) === true;
  }

  text(...path: string[]): string {
    const value = this.value(...path);
    return typeof value === 'string' ? value : '';
  }

  number(...path: string[]): number | undefined {
    const value = this.value(...path);
    return typeof value === 'number' ? value : undefined;
  }

  /** Nanoseconds; zero where absent. */
  duration(...path: string[]): bigint {
    return parseGoDuration(this.text(...path)) ?? 0n;
  }

  /** Billionths of the unit; undefined where absent or not a plain quantity. */
  quantity(...path: string[]): bigint | undefined {
    const value = this.value(...path);
    return typeof value === 'string' || typeof value === 'number' ? parseQuantity(String(value)) : undefined;
  }

  list(...path: string[]): JsonValue[] {
    const value = this.value(...path);
    return Array.isArray(value) ? value : [];
  }

  map(...path: string[]): JsonObject {
    const value = this.value(...path);
    return isJsonObject(value) ? value : {};
  }

  gate(name: string): boolean {
    return isGateOn(name, this.config, this.version, this.reported);
  }
}
