import type { Actor, ActorType } from '../../../kernel/actor.js';

/** Someone who takes part in an approval, with the relations that decide whether they may. Plain JSON. */
export interface Participant {
  actorId: string;
  type: ActorType;
  displayName: string;
  groups: string[];
  /** The verified person a bot acts for. */
  onBehalfOf?: string;
  /** For a bot: the person that owns it. */
  ownedBy?: string;
  /** People who have made this one their delegate. */
  delegateOf?: string[];
}

export const participantOf = (actor: Actor, delegateOf: readonly string[] = []): Participant => ({
  actorId: actor.id,
  type: actor.type,
  displayName: actor.displayName,
  groups: [...actor.groups],
  ...(actor.onBehalfOf === undefined ? {} : { onBehalfOf: actor.onBehalfOf }),
  ...(actor.ownedBy === undefined ? {} : { ownedBy: actor.ownedBy }),
  ...(delegateOf.length === 0 ? {} : { delegateOf: [...delegateOf] }),
});

/** The human that counts: a bot counts as the person it acts for, else as its owner, so that nobody votes twice through bots. */
export const personOf = (participant: Participant): string =>
  participant.onBehalfOf ?? participant.ownedBy ?? participant.actorId;

export type Exclusion = 'AUTHOR' | 'LAST_EDITOR' | 'DELEGATE' | 'OWNED_BOT';

/** Why a participant may not review a change, if so: four eyes means that nobody near the author or the last editor counts. */
export function exclusionOf(
  participant: Participant,
  author: Participant,
  lastEditor: Participant,
): Exclusion | undefined {
  for (const [maker, role] of [
    [author, 'AUTHOR'],
    [lastEditor, 'LAST_EDITOR'],
  ] as const) {
    const makers = new Set([personOf(maker), maker.actorId, ...(maker.ownedBy === undefined ? [] : [maker.ownedBy])]);
    if (makers.has(participant.actorId)) return role;
    if (participant.ownedBy !== undefined && makers.has(participant.ownedBy)) return 'OWNED_BOT';
    if (makers.has(personOf(participant))) return role;
    if ((participant.delegateOf ?? []).some((person) => makers.has(person))) return 'DELEGATE';
  }
  return undefined;
}
