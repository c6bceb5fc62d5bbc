import { defineEnum } from '../../../../platform/api/define-enum.js';
import { Field, type FieldOptions } from '../../../../platform/api/field.decorator.js';
import { PageQuery } from '../../../../platform/api/page.dto.js';
import { InputShape, QueryShape } from '../../../../platform/api/shape.decorator.js';
import { NODE_STATUS_WORDS, type NodeFilter, type NodeStatusWord } from '../../application/node-filter.js';
import { NODE_SORT_KEYS } from '../../application/node-order.js';

const NodeStatus = defineEnum(
  'NodeStatus',
  {
    Ready: 'The Ready condition is True.',
    NotReady: 'It is False or Unknown.',
    Unknown: 'There is no such condition.',
    SchedulingDisabled: 'Cordoned.',
  } satisfies Record<(typeof NODE_STATUS_WORDS)[number], string>,
  "Words of kubectl's STATUS column.",
);

const labelSelector: FieldOptions = {
  nullable: true,
  maxLength: 4096,
  description: 'Kubernetes label selector.',
  example: 'pool=batch,!spot,zone in (a,b)',
};
const status: FieldOptions = {
  enum: NodeStatus,
  list: true,
  nullable: true,
  description: 'Nodes with one of these readiness words; SchedulingDisabled narrows it to cordoned ones.',
};
const names = (description: string): FieldOptions => ({
  type: 'string',
  list: true,
  nullable: true,
  maxItems: 50,
  maxLength: 253,
  description,
});
const role = names('Nodes with one of these roles; <none> for nodes without any.');
const zone = names('Nodes in one of these zones.');
const search: FieldOptions = {
  nullable: true,
  maxLength: 253,
  description: 'Part of the name, an address or the provider id.',
};
const sort: FieldOptions = {
  type: 'string',
  list: true,
  nullable: true,
  maxItems: NODE_SORT_KEYS.length,
  pattern: new RegExp(`^-?(${NODE_SORT_KEYS.join('|')})$`),
  description: `Keys in order of weight, with - in front for descending: ${NODE_SORT_KEYS.join(', ')}. The name decides last.`,
};

/** Query parameters of the REST list. */
@QueryShape()
export class NodesQuery extends PageQuery implements NodeFilter {
  @Field(labelSelector) labelSelector?: string;
  @Field(status) status?: NodeStatusWord[];
  @Field(role) role?: string[];
  @Field(zone) zone?: string[];
  @Field(search) search?: string;
  @Field(sort) sort?: string[];
  @Field({ type: 'boolean', default: false, description: 'Add what each node uses, as the metrics API measured it.' })
  usage!: boolean;
}

@InputShape('NodeFilter', 'Which nodes; all conditions must hold.')
export class NodeFilterDto implements NodeFilter {
  @Field(labelSelector) labelSelector?: string;
  @Field(status) status?: NodeStatusWord[];
  @Field(role) role?: string[];
  @Field(zone) zone?: string[];
  @Field(search) search?: string;
}

/** Arguments of the GraphQL list. */
@QueryShape()
export class NodesArgs extends PageQuery {
  @Field({ maxLength: 253, description: 'Cluster name.' }) cluster!: string;
  @Field({ type: () => NodeFilterDto, nullable: true, description: 'Which nodes.' }) filter?: NodeFilterDto;
  @Field(sort) sort?: string[];
}

/** Arguments of GraphQL lists below one node. */
@QueryShape()
export class NodePartsArgs extends PageQuery {
  @Field({ maxLength: 253, description: 'Cluster name.' }) cluster!: string;
  @Field({ maxLength: 253, description: 'Node name.' }) node!: string;
}
