import { parse } from 'yaml';
import type { Json } from '../store/kube-object.js';
import { KUBELET_CONFIG_DEFAULTS, OMITTED_WHEN_FALSE } from './kubelet-config-defaults.js';
import { decodingError, validationErrors } from './kubelet-config-rules.js';

/** Why a kubelet ends right after its start; the text is what its journal shows. */
export class KubeletStartError extends Error {}

export interface HostFiles {
  read(path: string): string | undefined;
  /** Paths of all files under a folder, in lexical order. */
  under(folder: string): string[];
}

export interface LoadedKubeletConfig {
  /** Effective configuration, as `/configz` shows it. */
  config: Json;
  configFile: string;
  configDir?: string;
}

const API_VERSION = 'kubelet.config.k8s.io/v1beta1';

/**
 * Loads configuration as the real kubelet does: the `--config` file, then the drop-ins of `--config-dir` as JSON merge
 * patches in lexical order, then flags, which win; then defaults for what is not set. Refuses what the real one refuses.
 */
export function loadKubeletConfig(files: HostFiles, flags: Readonly<Record<string, string>>): LoadedKubeletConfig {
  const configFile = flags.config ?? '/var/lib/kubelet/config.yaml';
  let config = withoutIdentity(document(files, configFile));
  const configDir = flags['config-dir'];
  for (const path of configDir ? files.under(configDir) : []) {
    if (path.endsWith('.conf')) config = mergePatch(config, withoutIdentity(document(files, path)));
  }
  config = withFlags(config, flags);
  const wrong = decodingError(config);
  if (wrong)
    throw new KubeletStartError(
      `failed to load kubelet config file, path: ${configFile}, error: failed to decode: ${wrong}`,
    );
  const effective = withDefaults(KUBELET_CONFIG_DEFAULTS, config);
  if (!effective.mergeDefaultEvictionSettings && config.evictionHard) effective.evictionHard = config.evictionHard;
  const errors = validationErrors(effective);
  if (errors.length > 0)
    throw new KubeletStartError(`failed to validate kubelet configuration, error: ${errors.join(', ')}`);
  checkCheckpoints(files, effective);
  for (const field of OMITTED_WHEN_FALSE) if (effective[field] === false) delete effective[field];
  return { config: effective, configFile, ...(configDir ? { configDir } : {}) };
}

function document(files: HostFiles, path: string): Json {
  const text = files.read(path);
  const fail = (why: string) =>
    new KubeletStartError(`failed to load kubelet config file, path: ${path}, error: ${why}`);
  if (text === undefined)
    throw fail(`failed to read kubelet config file "${path}", error: open ${path}: no such file or directory`);
  let parsed: Json;
  try {
    parsed = parse(text);
  } catch (error) {
    throw fail(`couldn't get version/kind; json parse error: ${String(error).split('\n')[0]}`);
  }
  if (!parsed?.kind) throw fail(`Object 'Kind' is missing in '${JSON.stringify(parsed ?? {})}'`);
  if (!parsed.apiVersion) throw fail(`Object 'apiVersion' is missing in '${JSON.stringify(parsed)}'`);
  if (parsed.apiVersion !== API_VERSION || parsed.kind !== 'KubeletConfiguration') {
    throw fail(`no kind "${parsed.kind}" is registered for version "${parsed.apiVersion}"`);
  }
  return parsed;
}

function withoutIdentity({ apiVersion: _version, kind: _kind, ...config }: Json): Json {
  return config;
}

/** RFC 7386: maps merge, everything else replaces, null deletes. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isMap(patch)) return patch;
  const result: Json = isMap(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

function withDefaults(defaults: Json, config: Json): Json {
  const result: Json = { ...defaults };
  for (const [key, value] of Object.entries(config)) {
    if (value === null || value === undefined) continue;
    result[key] = isMap(value) && isMap(defaults[key]) ? withDefaults(defaults[key], value) : value;
  }
  return structuredClone(result);
}

const isMap = (value: Json): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

const FLAG_FIELDS: Readonly<Record<string, [field: string, type: 'string' | 'number' | 'boolean']>> = {
  address: ['address', 'string'],
  port: ['port', 'number'],
  'read-only-port': ['readOnlyPort', 'number'],
  'max-pods': ['maxPods', 'number'],
  'cgroup-driver': ['cgroupDriver', 'string'],
  'container-runtime-endpoint': ['containerRuntimeEndpoint', 'string'],
  'client-ca-file': ['authentication.x509.clientCAFile', 'string'],
  'anonymous-auth': ['authentication.anonymous.enabled', 'boolean'],
  'authorization-mode': ['authorization.mode', 'string'],
  'event-qps': ['eventRecordQPS', 'number'],
  'rotate-certificates': ['rotateCertificates', 'boolean'],
  'streaming-connection-idle-timeout': ['streamingConnectionIdleTimeout', 'string'],
  v: ['logging.verbosity', 'number'],
};

function withFlags(config: Json, flags: Readonly<Record<string, string>>): Json {
  let result = config;
  for (const [flag, text] of Object.entries(flags)) {
    const [field, type] = FLAG_FIELDS[flag] ?? [];
    if (!field) continue;
    const value = type === 'number' ? Number(text) : type === 'boolean' ? text === 'true' : text;
    const patch = field.split('.').reduceRight<Json>((inner, key) => ({ [key]: inner }), value);
    result = mergePatch(result, patch);
  }
  return result;
}

/** State files that name the policy they were written under; a kubelet with another policy does not start over them. */
const CHECKPOINTS = [
  ['/var/lib/kubelet/cpu_manager_state', 'policyName', 'cpuManagerPolicy', 'cpu manager'],
  ['/var/lib/kubelet/memory_manager_state', 'policyName', 'memoryManagerPolicy', 'memory manager'],
] as const;

function checkCheckpoints(files: HostFiles, config: Json): void {
  for (const [path, key, field, name] of CHECKPOINTS) {
    const text = files.read(path);
    if (text === undefined) continue;
    let written: string | undefined;
    try {
      written = JSON.parse(text)[key];
    } catch {
      throw new KubeletStartError(
        `failed to run Kubelet: could not restore state from checkpoint: checkpoint is corrupted, please drain this node and delete the ${name} checkpoint file "${path}" before restarting Kubelet`,
      );
    }
    if (written !== config[field]) {
      throw new KubeletStartError(
        `failed to run Kubelet: start ${name} error: could not restore state from checkpoint: configured policy "${config[field]}" differs from state checkpoint policy "${written}", please drain this node and delete the ${name} checkpoint file "${path}" before restarting Kubelet`,
      );
    }
  }
}
