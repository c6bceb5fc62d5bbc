export interface KubernetesVersion {
  major: number;
  minor: number;
  patch: number;
}

/** Reads what nodes report: `v1.34.2`, `v1.33.1+k3s1`, `v1.32.5-eks-1a2b3c`, `1.36`. */
export function parseKubernetesVersion(text: string): KubernetesVersion | undefined {
  const match = /^v?(\d{1,4})\.(\d{1,4})(?:\.(\d{1,4}))?(?:[-+].*)?$/.exec(text.slice(0, 128));
  if (!match) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), patch: Number(match[3] ?? 0) };
}

/** Whether `version` is `since` (a `major.minor`) or newer. */
export function isAtLeast(version: KubernetesVersion, since: string): boolean {
  const [major = 0, minor = 0] = since.split('.').map(Number);
  return version.major !== major ? version.major > major : version.minor >= minor;
}
