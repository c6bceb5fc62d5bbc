import type { Json } from './kube-object.js';
import type { ResourceKind } from './resource-kinds.js';

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** A refusal of the API server; becomes a `Status` object with the words of the real one. */
export class ApiError extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: StatusDetails,
  ) {
    super(message);
    this.name = 'ApiError';
  }

  static notFound(kind: ResourceKind, name: string): ApiError {
    return new ApiError(404, 'NotFound', `${kind.qualifiedPlural} "${name}" not found`, kind.statusDetails(name));
  }

  static alreadyExists(kind: ResourceKind, name: string): ApiError {
    const message = `${kind.qualifiedPlural} "${name}" already exists`;
    return new ApiError(409, 'AlreadyExists', message, kind.statusDetails(name));
  }

  static conflict(kind: ResourceKind, name: string, why: string): ApiError {
    const message = `Operation cannot be fulfilled on ${kind.qualifiedPlural} "${name}": ${why}`;
    return new ApiError(409, 'Conflict', message, kind.statusDetails(name));
  }

  static staleVersion(kind: ResourceKind, name: string): ApiError {
    return ApiError.conflict(
      kind,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  }

  static badRequest(message: string): ApiError {
    return new ApiError(400, 'BadRequest', message);
  }

  static invalid(kind: ResourceKind, name: string, causes: readonly StatusCause[]): ApiError {
    const text = causes.map((cause) => `${cause.field}: ${cause.message}`);
    const joined = text.length === 1 ? text[0] : `[${text.join(', ')}]`;
    const details = { name, group: kind.group || undefined, kind: kind.kind, causes };
    return new ApiError(422, 'Invalid', `${kind.qualifiedKind} "${name}" is invalid: ${joined}`, details);
  }

  static forbidden(message: string, details?: StatusDetails): ApiError {
    return new ApiError(403, 'Forbidden', message, details);
  }

  static expired(message: string): ApiError {
    return new ApiError(410, 'Expired', message);
  }

  toStatus(): Json {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason || undefined,
      details: this.details,
      code: this.code,
    };
  }
}
