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

export type Exclusion = 'AUTHOR' | 'LAST_EDITOR' | 'EDITOR' | 'DELEGATE' | 'OWNED_BOT';

/** Everyone whose words a request may hold. */
export interface Makers {
  readonly author: Participant;
  readonly lastEditor: Participant;
  /** Whoever has ever changed its content, also where nothing of it is left: whose words are in it can't be told apart. */
  readonly editors: readonly Participant[];
}

/** Why a participant may not review a change, if so: four eyes means that nobody near the author or an editor counts. */
export function exclusionOf(participant: Participant, { author, lastEditor, editors }: Makers): Exclusion | undefined {
  const makersByRole: [Participant, Exclusion][] = [
    [author, 'AUTHOR'],
    [lastEditor, 'LAST_EDITOR'],
    ...editors.map((editor): [Participant, Exclusion] => [editor, 'EDITOR']),
  ];
  for (const [maker, role] of makersByRole) {
    const makers = new Set([personOf(maker), maker.actorId, ...(maker.ownedBy === undefined ? [] : [maker.ownedBy])]);
    if (makers.has(participant.actorId)) return role;
    if (participant.ownedBy !== undefined && makers.has(participant.ownedBy)) return 'OWNED_BOT';
    if (makers.has(personOf(participant))) return role;
    if ((participant.delegateOf ?? []).some((person) => makers.has(person))) return 'DELEGATE';
  }
  return undefined;
}

/** The editors with one more, each once. */
export const withEditor = (editors: readonly Participant[], by: Participant): Participant[] =>
  editors.some((known) => known.actorId === by.actorId && personOf(known) === personOf(by))
    ? [...editors]
    : [...editors, by];
