import { effectiveConfig, patchFields } from '../fields/effective-config.js';
import type { FieldSpec } from '../fields/field-spec.js';
import { API_VERSION, KIND, KUBELET_FIELDS } from '../fields/kubelet-fields.js';
import { sameValue } from '../fields/normal-value.js';
import { staleNameReason } from '../fields/stale-names.js';
import { pointerToken } from '../json/json-pointer.js';
import { hasBrokenText, isDeeperThan, isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.js';
import { nearestName } from '../parsing/nearest-name.js';
import { MAX_PATCH_DEPTH } from '../parsing/patch-document.js';
import { checkValue } from './check-value.js';
import { type ConfigTarget, versionOf } from './config-target.js';
import { ConfigView } from './config-view.js';
import { checkGates } from './gate-rules.js';
import { GENERAL_RULES } from './general-rules.js';
import { patchNotices } from './patch-notices.js';
import { RESOURCE_RULES } from './resource-rules.js';
import { targetGroups } from './target-groups.js';
import { checkCgroupVersion, checkVersion } from './target-rules.js';
import { type ConfigViolation, violation } from './violation.js';

export const CROSS_FIELD_RULES = [...GENERAL_RULES, ...RESOURCE_RULES];
const MAX_VIOLATIONS = 500;

export interface ValidationContext {
  /** The nodes aimed at; none checks the patch against the defaults of the newest known version. */
  targets: readonly ConfigTarget[];
  /** Prepended to every pointer, e.g. `/patch` where the patch is part of a body. */
  pointerPrefix?: string;
}

export interface PatchValidation {
  /** The patch must not be submitted while there are any. */
  errors: ConfigViolation[];
  /** For reviewers; they refuse nothing. */
  notices: ConfigViolation[];
}

const ANY_TARGET: ConfigTarget = { node: '', kubeletVersion: '1.37', platform: 'unknown', live: null };

/** Finds everything wrong with a patch at once. Takes any JSON value, never throws. */
export function validatePatch(patch: unknown, context: ValidationContext): PatchValidation {
  const result = validate(patch, context);
  const prefix = context.pointerPrefix ?? '';
  const prefixed = (found: ConfigViolation[]) =>
    found.slice(0, MAX_VIOLATIONS).map((item) => ({ ...item, pointer: `${prefix}${item.pointer}` }));
  return { errors: prefixed(result.errors), notices: prefixed(result.notices) };
}

function validate(patch: unknown, { targets }: ValidationContext): PatchValidation {
  const refuse = (code: string, message: string) => ({ errors: [violation([], code, message)], notices: [] });
  if (isDeeperThan(patch, MAX_PATCH_DEPTH)) {
    return refuse('PATCH_TOO_DEEP', `the patch is nested deeper than ${MAX_PATCH_DEPTH} levels`);
  }
  if (!isJsonObject(patch)) return refuse('PATCH_NOT_AN_OBJECT', 'the patch must be an object of fields');
  if (hasBrokenText(patch)) return refuse('PATCH_NOT_UNICODE', 'the patch holds text that is not valid Unicode');
  const fields = patchFields(patch);
  if (Object.keys(fields).length === 0) return refuse('PATCH_EMPTY', 'the patch changes nothing');

  const errors = [...checkHeader(patch), ...checkFields(fields)];
  const broken = new Set(errors.map(({ pointer }) => pointer.split('/')[1]));
  const sound = Object.fromEntries(Object.entries(fields).filter(([name]) => !broken.has(pointerToken(name))));
  const groups = targetGroups(targets);
  if (groups.length === 0) {
    errors.push(...checkTarget(sound, ANY_TARGET));
  }
  const byTarget = new Map<string, ConfigViolation & { nodes: string[] }>();
  for (const group of groups) {
    const nodes = group.map(({ node }) => node);
    for (const item of checkTarget(sound, group[0] as ConfigTarget)) {
      const key = `${item.pointer} ${item.code} ${item.message}`;
      const known = byTarget.get(key);
      if (known) known.nodes.push(...nodes);
      else byTarget.set(key, { ...item, nodes: [...nodes] });
    }
  }
  return { errors: [...errors, ...byTarget.values()], notices: patchNotices(fields, targets) };
}

function checkHeader(patch: JsonObject): ConfigViolation[] {
  const expect = (key: string, wanted: string) =>
    !Object.hasOwn(patch, key) || patch[key] === wanted ? [] : [violation([key], 'NOT_ALLOWED', `must be ${wanted}`)];
  return [...expect('apiVersion', API_VERSION), ...expect('kind', KIND)];
}

function checkFields(fields: JsonObject): ConfigViolation[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const spec = KUBELET_FIELDS.get(name);
    if (spec) return value === null ? [] : checkValue(spec.type, value, [name]);
    const stale = staleNameReason(name);
    if (stale) return [violation([name], 'STALE_FIELD', stale)];
    const nearest = nearestName(name, KUBELET_FIELDS.keys());
    const hint = nearest ? `; did you mean ${nearest}?` : '';
    return [violation([name], 'UNKNOWN_FIELD', `is not a field of KubeletConfiguration${hint}`)];
  });
}

function checkTarget(fields: JsonObject, target: ConfigTarget): ConfigViolation[] {
  const before = effectiveConfig(target.live, {});
  const after = effectiveConfig(target.live, fields);
  const version = versionOf(target);
  const reported = target.gates ?? {};
  const set = new Set(Object.keys(isJsonObject(fields.featureGates) ? fields.featureGates : {}));
  // what the node reported holds until the patch sets the gate itself
  const standing = Object.fromEntries(Object.entries(reported).filter(([gate]) => !set.has(gate)));
  const view = new ConfigView(after, version, standing);
  const found = [...checkGates(fields, version, reported), ...checkVersion(fields, view)];
  if (target.live !== null && Object.hasOwn(fields, 'failCgroupV1')) {
    found.push(...checkCgroupVersion(before, after, target.cgroupVersion));
  }
  for (const name of Object.keys(fields)) {
    const spec = KUBELET_FIELDS.get(name) as FieldSpec;
    const forbidden = forbiddenReason(spec, before[name], after[name]);
    if (forbidden) found.push(violation([name], 'FIELD_FORBIDDEN', forbidden));
  }
  for (const rule of CROSS_FIELD_RULES) {
    const touched = rule.fields.find((name) => Object.hasOwn(fields, name));
    const problem = touched === undefined ? undefined : rule.check(view);
    if (problem) found.push(violation([touched as string], rule.code, problem));
  }
  return found;
}

function forbiddenReason(
  spec: FieldSpec,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): string | undefined {
  // a field with its own verdict is judged by what changes; writing down what already holds is harmless there
  if (spec.verdict && sameValue(spec.type, before, after)) return undefined;
  const verdict = spec.verdict?.(before, after) ?? spec;
  return verdict.risk === 'forbidden' ? verdict.why : undefined;
}
