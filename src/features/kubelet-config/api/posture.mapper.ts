import type { ConfigDrift } from '../domain/drift/group-by-config.js';
import type { ConfigDriftDto } from './dto/posture.dto.js';

/** Absent values become null: JSON has no undefined. */
export function driftDto({ groups, differingFields, unreadableNodes }: ConfigDrift): ConfigDriftDto {
  return {
    groups: groups.map(({ configHash, nodes, outlier, differences }) => ({
      configHash,
      nodes,
      outlier,
      differences: differences.map(({ path, field, before, after }) => ({
        path,
        field,
        before: before ?? null,
        after: after ?? null,
      })),
    })),
    differingFields,
    unreadableNodes,
  };
}
