import { preparsePolicySet, preparseSchema, statefulIsAuthorized, validate } from '@cedar-policy/cedar-wasm/nodejs';
import { Injectable } from '@nestjs/common';
import { type PolicyAnswer, PolicyEngine, type PolicyQuestion } from '../application/ports/policy-engine.port.js';
import { NODE_STEWARD_POLICIES } from '../policies/node-steward-policies.js';
import { nodeStewardSchema } from '../policies/node-steward-schema.js';

const ID = 'node-steward';
const MAX_KEPT = 10_000;

/** Cedar in this process. Policies are parsed once and checked against the schema; a fault in them stops the start. */
@Injectable()
export class CedarPolicyEngine extends PolicyEngine {
  private readonly kept = new Map<string, PolicyAnswer>();

  constructor() {
    super();
    const schema = nodeStewardSchema();
    const policies = { staticPolicies: { ...NODE_STEWARD_POLICIES } };
    const checked = validate({ schema, policies, validationSettings: { mode: 'strict' } });
    const faults = checked.type === 'failure' ? checked.errors : checked.validationErrors.map(({ error }) => error);
    const parsed = [preparseSchema(ID, schema), preparsePolicySet(ID, policies)];
    for (const answer of parsed) if (answer.type === 'failure') faults.push(...answer.errors);
    if (faults.length > 0) throw new Error(`access policies: ${faults.map(({ message }) => message).join('; ')}`);
  }

  override answer(question: PolicyQuestion): PolicyAnswer {
    const { actorType, action, resourceType, roles, partialRoles } = question;
    const key = `${actorType}|${action}|${resourceType}|${roles.join()}|${partialRoles.join()}`;
    const known = this.kept.get(key);
    if (known) return known;
    const answer = ask(question);
    if (this.kept.size >= MAX_KEPT) this.kept.clear();
    this.kept.set(key, answer);
    return answer;
  }
}

function ask({ actorType, action, resourceType, roles, partialRoles }: PolicyQuestion): PolicyAnswer {
  const principal = { type: 'NodeSteward::Actor', id: 'caller' };
  const resource = { type: `NodeSteward::${resourceType}`, id: 'resource' };
  const answer = statefulIsAuthorized({
    principal,
    action: { type: 'NodeSteward::Action', id: action },
    resource,
    context: {},
    preparsedSchemaName: ID,
    preparsedPolicySetId: ID,
    validateRequest: true,
    entities: [
      { uid: principal, attrs: { kind: actorType, roles, partialRoles }, parents: [] },
      { uid: resource, attrs: {}, parents: [] },
    ],
  });
  // A question that Cedar can't read is a fault of ours, never an answer.
  if (answer.type === 'failure') throw new Error(`access decision: ${answer.errors.map((e) => e.message).join('; ')}`);
  const { decision, diagnostics } = answer.response;
  if (diagnostics.errors.length > 0) throw new Error(`access policies: ${JSON.stringify(diagnostics.errors)}`);
  return { allowed: decision === 'allow', policyIds: [...diagnostics.reason].sort() };
}
