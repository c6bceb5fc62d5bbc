import { DomainError } from '../../../kernel/domain-error.js';

export const etagOf = (version: number): string => `"${version}"`;

/** The version that an If-Match header names; null for `*`. @throws DomainError PRECONDITION_REQUIRED, PRECONDITION_FAILED */
export function versionOf(ifMatch: string | undefined): number | null {
  if (ifMatch === undefined || ifMatch === '') {
    throw new DomainError('PRECONDITION_REQUIRED', 'Send the ETag that you read as If-Match.');
  }
  if (ifMatch.trim() === '*') return null;
  const version = /^(?:W\/)?"(\d{1,9})"$/.exec(ifMatch.trim())?.[1];
  if (version === undefined) throw new DomainError('PRECONDITION_FAILED', 'If-Match is no ETag of this resource.');
  return Number(version);
}
