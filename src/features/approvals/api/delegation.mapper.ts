import type { Delegation } from '../application/ports/delegation-repository.port.js';
import type { DelegationDto } from './dto/delegation.dto.js';

export const delegationDto = ({ endedAt: _, ...shown }: Delegation): DelegationDto => shown;
