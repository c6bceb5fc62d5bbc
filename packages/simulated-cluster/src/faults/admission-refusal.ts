import { ApiError } from '../store/api-error.js';
import type { AdmissionEffect, FaultTarget } from './fault-injector.js';

/** What the API server makes of an admission that says no, or can't be asked. */
export function admissionRefusal(
  effect: AdmissionEffect,
  { resource, name }: Pick<FaultTarget, 'resource' | 'name'>,
): ApiError {
  if ('policy' in effect) {
    const { policy, binding, message, reason = 'Invalid' } = effect;
    const words = `ValidatingAdmissionPolicy '${policy}' with binding '${binding}' denied request: ${message}`;
    const details = { name, kind: resource, causes: [{ message: words }] };
    return new ApiError(
      reason === 'Invalid' ? 422 : 403,
      reason,
      `${resource} "${name}" is forbidden: ${words}`,
      details,
    );
  }
  if ('webhook' in effect) {
    const { webhook, message, status = 400, reason = '' } = effect;
    const why = message || reason ? `: ${message ?? reason}` : ' without explanation';
    return new ApiError(status, reason, `admission webhook "${webhook}" denied the request${why}`);
  }
  const { unreachableWebhook, url } = effect;
  const cause = `failed calling webhook "${unreachableWebhook}": failed to call webhook: Post "${url}": dial tcp ${new URL(url).host}: connect: connection refused`;
  return new ApiError(500, 'InternalError', `Internal error occurred: ${cause}`, { causes: [{ message: cause }] });
}
