import type { DomainError } from '../../../kernel/domain-error.js';
import type { OperationSession } from '../engine/operation-session.service.js';

/** In the words of the failure, which name the cluster and where to look. */
export const outOfReachText = ({ message }: DomainError): string =>
  `the cluster is out of reach, and the drain goes on when it is back: ${message}`;

/** Says once in the operation that its cluster is away. Whoever goes on afterwards clears the diagnosis. */
export function outOfReachNote(session: OperationSession): (error: DomainError) => void {
  let told = '';
  return (error) => {
    const text = outOfReachText(error);
    if (text === told) return;
    told = text;
    const data = { diagnosis: [text] };
    session.note({ findings: { diagnosis: [text] }, events: [{ type: 'DIAGNOSIS', message: text, data }] });
  };
}
