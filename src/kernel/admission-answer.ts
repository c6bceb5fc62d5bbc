const FAILED = /^(?:Internal error occurred: )?failed calling webhook\b/;
const DENIED = /\bdenied (?:the )?request\b/;

/**
 * What the message of a refused Kubernetes request says of admission. DENIED: a webhook or policy has decided, whatever the
 * HTTP status (webhooks choose it, and even answer 404 or 429). FAILED: a webhook could not be asked. Null: neither.
 */
export function admissionAnswer(message: string): 'DENIED' | 'FAILED' | null {
  if (FAILED.test(message)) return 'FAILED';
  return DENIED.test(message) ? 'DENIED' : null;
}
