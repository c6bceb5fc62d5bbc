import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type AnswerVersion, AnswerVersions } from '../../../platform/graphql/answer-versions.js';
import { ClusterCaches } from '../../clusters/index.js';

/** A list of nodes comes from the cache alone, so it stays the same until the cache takes a change in. */
@Injectable()
export class NodeListVersion implements AnswerVersion, OnModuleInit {
  /** These follow the clock. */
  readonly changing = new Set(['Node.observedAt', 'Node.staleSeconds']);

  constructor(
    private readonly caches: ClusterCaches,
    private readonly versions: AnswerVersions,
  ) {}

  onModuleInit(): void {
    this.versions.register('nodes', this);
  }

  of({ cluster }: Readonly<Record<string, unknown>>): string | undefined {
    return this.caches.versionOf(cluster as string);
  }
}
