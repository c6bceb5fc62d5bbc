import { Injectable } from '@nestjs/common';
import type { Actor } from '../../../kernel/actor.js';
import { DomainError } from '../../../kernel/domain-error.js';
import { invalidInput } from '../../../kernel/invalid-input.js';
import { parseLabelSelector } from '../../../kernel/label-selector.js';
import { requireKubelets } from '../../../kernel/not-possible-on-node.js';
import { ResolveActors } from '../../access/index.js';
import {
  type ApprovalPolicy,
  type ApprovalSubject,
  approvalContentHash,
  type BlastRadius,
  GovernanceRepository,
  type ResolvedTarget,
} from '../../approvals/index.js';
import { liveConfigHash } from '../domain/drift/config-hash.js';
import { diffConfig } from '../domain/explain/config-diff.js';
import { type ChangeExplanation, explainChange } from '../domain/explain/explain-change.js';
import type { JsonObject } from '../domain/json/json-value.js';
import type { ConfigTarget } from '../domain/validation/config-target.js';
import { needsMetrics } from '../domain/validation/needs-metrics.js';
import { type PatchValidation, validatePatch } from '../domain/validation/validate-patch.js';
import { ChangeAccess } from './change-access.service.js';
import type { ChangeRecord, ChangeTarget } from './change-record.js';
import type { ChangeSpec, NodeChoice } from './change-spec.js';
import { ChangeContentRepository } from './ports/change-content-repository.port.js';
import { LiveKubeletConfigs, type NodeFacts } from './ports/live-kubelet-configs.port.js';

export const MAX_TARGETS = 1000;

/** The targets as they are now, with what their kubelets run. */
export interface Inspection {
  targets: readonly ChangeTarget[];
  configs: ConfigTarget[];
  documents: Map<string, JsonObject>;
  unreadable: { node: string; problem: string }[];
}

export interface NodeDrift {
  node: string;
  /** ADDED and REMOVED: the selector now chooses other nodes, or a node was replaced. */
  kind: 'CONFIG' | 'ADDED' | 'REMOVED';
  changes: { path: string; before: unknown; after: unknown }[];
}

/** Resolves what a change is about: its nodes, their live configuration, and the hash that reviews bind to. */
@Injectable()
export class ChangeContents {
  constructor(
    private readonly live: LiveKubeletConfigs,
    private readonly governance: GovernanceRepository,
    private readonly changes: ChangeContentRepository,
    private readonly access: ChangeAccess,
    private readonly actors: ResolveActors,
  ) {}

  /**
   * The chosen nodes among those that the actor may know of.
   * @throws DomainError VALIDATION_FAILED if there are none, too many, or unknown names; NOT_POSSIBLE_ON_NODE
   */
  async choose(choice: NodeChoice, actor: Actor): Promise<NodeFacts[]> {
    const facts = await this.found(choice, actor);
    const pointerOf = (node: string) => (choice.nodes ? `/nodes/${choice.nodes.indexOf(node)}` : '/nodeSelector');
    const nodes = facts.map(({ node: name, platform }) => ({ name, platform }));
    requireKubelets(choice.cluster, nodes, 'A change of kubelet configuration', undefined, pointerOf);
    return facts;
  }

  private async found(choice: NodeChoice, actor: Actor): Promise<NodeFacts[]> {
    if (choice.nodeSelector !== null) parseLabelSelector(choice.nodeSelector, '/nodeSelector');
    const all = await (choice.nodes === null
      ? this.live.selected(choice.cluster, choice.nodeSelector ?? '')
      : this.live.named(choice.cluster, choice.nodes));
    const found = this.access.visible(actor, choice.cluster, all);
    if (choice.nodes === null) {
      if (found.length > 0 && found.length <= MAX_TARGETS) return found;
      const message = found.length === 0 ? 'matches no node' : `matches more than ${MAX_TARGETS} nodes`;
      throw invalidInput([{ pointer: '/nodeSelector', code: found.length === 0 ? 'NO_TARGETS' : 'TOO_MANY', message }]);
    }
    const known = new Set(found.map(({ node }) => node));
    const unknown = choice.nodes.flatMap((name, index) =>
      known.has(name)
        ? []
        : [{ pointer: `/nodes/${index}`, code: 'UNKNOWN_NODE', message: `is no node of ${choice.cluster}` }],
    );
    if (unknown.length > 0) throw invalidInput(unknown);
    return found;
  }

  async inspect(spec: ChangeSpec, facts: readonly NodeFacts[]): Promise<Inspection> {
    const read = await this.live.read(spec.cluster, facts, { withMetrics: needsMetrics(spec.patch) });
    const documents = new Map<string, JsonObject>();
    const unreadable: Inspection['unreadable'] = [];
    const targets = facts.map((node): ChangeTarget => {
      const { live, problem, ...known } = read.get(node.node) ?? { live: null };
      if (live) documents.set(node.node, live);
      else unreadable.push({ node: node.node, problem: problem ?? 'its kubelet did not answer' });
      return { ...node, ...known, baseHash: live ? liveConfigHash(live) : null };
    });
    return { targets, configs: configsOf(targets, documents), documents, unreadable };
  }

  /** Everything that is wrong, at once, with pointers into the body of a change. */
  validate(spec: ChangeSpec, { configs, unreadable }: Inspection): PatchValidation {
    const found = validatePatch(spec.patch, { targets: configs, pointerPrefix: '/patch' });
    const unread = unreadable.map(({ node, problem }) => ({
      pointer: spec.nodes ? `/nodes/${spec.nodes.indexOf(node)}` : '/nodeSelector',
      code: 'TARGET_UNREADABLE',
      message: `the configuration of ${node} can't be read: ${problem}`,
      nodes: [node],
    }));
    return { errors: [...unread, ...found.errors], notices: found.notices };
  }

  async policy(): Promise<ApprovalPolicy> {
    const stored = await this.governance.policy();
    if (!stored) throw new DomainError('INTERNAL', 'There is no approval policy.');
    return stored.policy;
  }

  content(
    spec: ChangeSpec,
    targets: readonly ChangeTarget[],
    policy: ApprovalPolicy,
    risk: BlastRadius,
  ): { contentHash: string; subject: ApprovalSubject; policy: ApprovalPolicy } {
    const { cluster } = spec;
    const { id: policyId, version: policyVersion } = policy;
    const contentHash = approvalContentHash({ spec, targets: resolved(cluster, targets), policyId, policyVersion });
    return { contentHash, subject: { kind: 'KUBELET_CONFIG_CHANGE', risk, nodes: nodesOf(cluster, targets) }, policy };
  }

  explain(spec: ChangeSpec, configs: readonly ConfigTarget[]): ChangeExplanation & { blastRadius: BlastRadius } {
    const explanation = explainChange(spec.patch, configs);
    // What is forbidden never gets past validation; a draft may still show it.
    return { ...explanation, blastRadius: explanation.risk === 'forbidden' ? 'high' : explanation.risk };
  }

  /** The targets with the documents that reviewers saw; those of a draft are read now. */
  async seen(change: ChangeRecord, reader: Actor): Promise<Inspection> {
    if (change.approval.status === 'DRAFT') return this.inspect(change.spec, await this.choose(change.spec, reader));
    const documents = await this.changes.baselines(change.id);
    return { targets: change.targets, configs: configsOf(change.targets, documents), documents, unreadable: [] };
  }

  /** What differs from what was reviewed. A kubelet that does not answer is not drift: it is in `unreadable`. */
  async drift(change: ChangeRecord): Promise<{ drift: NodeDrift[]; now: Inspection }> {
    const { spec, targets } = change;
    const facts = await this.chosenNow(change);
    const now = await this.inspect(spec, facts);
    const documents = await this.changes.baselines(change.id);
    const current = new Map(now.targets.map((target) => [target.node, target]));
    const known = new Set(targets.map(({ node }) => node));
    const drift = targets.flatMap(({ node, uid, baseHash }): NodeDrift[] => {
      const target = current.get(node);
      if (!target || target.uid !== uid) return [{ node, kind: 'REMOVED', changes: [] }];
      if (target.baseHash === null || target.baseHash === baseHash) return [];
      const changes = diffConfig(documents.get(node) ?? {}, now.documents.get(node) ?? {});
      const plain = changes.map(({ path, before, after }) => ({ path, before: before ?? null, after: after ?? null }));
      return [{ node, kind: 'CONFIG', changes: plain }];
    });
    const added = now.targets.filter(({ node }) => !known.has(node));
    return { drift: [...drift, ...added.map(({ node }) => ({ node, kind: 'ADDED' as const, changes: [] }))], now };
  }

  /** By the scope of its last editor: a selector never reaches further than the one who wrote it. */
  private async chosenNow({ spec, targets, approval }: ChangeRecord): Promise<NodeFacts[]> {
    if (spec.nodes) return this.live.named(spec.cluster, spec.nodes);
    const found = await this.live.selectedNow(spec.cluster, spec.nodeSelector ?? '');
    const editor = await this.actors.find(approval.lastEditor.actorId);
    // Undefined: no directory knows such actors. Null: with the account its scope is gone, and nothing is added by it.
    if (editor === undefined) return found;
    if (editor) return this.access.visible(editor, spec.cluster, found);
    return found.filter(({ node }) => targets.some((target) => target.node === node));
  }
}

export const draftTargets = (facts: readonly NodeFacts[]): ChangeTarget[] =>
  facts.map((node) => ({ ...node, baseHash: null }));

/** What reviews bind to. */
export const resolved = (cluster: string, targets: readonly ChangeTarget[]): ResolvedTarget[] =>
  targets.map(({ node, uid, baseHash }) => ({ cluster, node, uid, ...(baseHash ? { baseHash } : {}) }));

export const nodesOf = (cluster: string, targets: readonly ChangeTarget[]): ApprovalSubject['nodes'] =>
  targets.map(({ node, labels }) => ({ cluster, node, labels }));

const configsOf = (targets: readonly ChangeTarget[], documents: ReadonlyMap<string, JsonObject>): ConfigTarget[] =>
  targets.map(({ uid: _uid, labels: _labels, baseHash: _hash, ...known }) => ({
    ...known,
    live: documents.get(known.node) ?? null,
  }));
