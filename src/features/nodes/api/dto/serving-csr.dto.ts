import { entityId } from '../../../../kernel/entity-id.js';
import { defineEnum } from '../../../../platform/api/define-enum.js';
import { Field } from '../../../../platform/api/field.decorator.js';
import { InputShape, OutputType } from '../../../../platform/api/shape.decorator.js';
import { MutationPayload } from '../../../../platform/graphql/user-error.dto.js';
import type { ServingRequestView } from '../../application/certificates/serving-certificates.service.js';

const STATES = ['PENDING', 'APPROVED', 'DENIED', 'FAILED'] as const;
const ServingCsrState = defineEnum(
  'ServingCsrState',
  {
    PENDING: 'Nobody has decided.',
    APPROVED: 'Approved; the signer issues it.',
    DENIED: 'Denied.',
    FAILED: 'The signer could not issue it.',
  } satisfies Record<(typeof STATES)[number], string>,
  'State of a certificate request.',
);

@OutputType('CsrCheck', 'One safety check of a certificate request.')
export class CsrCheckDto {
  @Field({ graphqlName: 'checkId', description: 'Id of the check.' }) id!: string;
  @Field({ description: 'Whether it passes.' }) passed!: boolean;
  @Field({ description: 'What was seen.' }) detail!: string;
}

@OutputType('ServingCsr', 'A certificate that a kubelet asks for to serve with.')
export class ServingCsrDto {
  @Field({ type: 'id', description: 'Unique over all clusters; take it as it is.' }) id!: string;
  @Field({ description: 'Name of the request.' }) name!: string;
  @Field({ type: 'string', nullable: true, description: 'Node that asks.' }) node!: string | null;
  @Field({ enum: ServingCsrState, description: 'State.' }) state!: (typeof STATES)[number];
  @Field({ description: 'Whether the certificate has been issued.' }) issued!: boolean;
  @Field({ description: 'When it was asked for.' }) createdAt!: Date;
  @Field({ description: 'All checks pass.' }) safe!: boolean;
  @Field({ type: () => CsrCheckDto, list: true, description: 'Checks.' }) checks!: CsrCheckDto[];
}

@OutputType('ServingCsrs', 'Certificate requests, newest first.')
export class ServingCsrsDto {
  @Field({ type: () => ServingCsrDto, list: true, description: 'Requests.' }) items!: ServingCsrDto[];
}

@InputShape('DenyCsr')
export class DenyCsrDto {
  @Field({ minLength: 3, maxLength: 500, description: 'Why.' }) reason!: string;
}

@InputShape('ApproveCsr')
export class ApproveCsrDto {
  @Field({ minLength: 3, maxLength: 500, description: 'Why.' }) reason!: string;
  @Field({ nullable: true, description: 'Approve although a check fails; needs the right csr.override.' })
  override?: boolean;
}

const NAME = { minLength: 1, maxLength: 253 } as const;
const KEY = 'Makes a retry safe: the same id and input gives the first answer again, for 24 hours.';

@InputShape('DenyServingCsrInput')
export class DenyServingCsrInput extends DenyCsrDto {
  @Field({ ...NAME, description: 'Cluster.' }) cluster!: string;
  @Field({ ...NAME, description: 'Name of the request.' }) name!: string;
  @Field({ nullable: true, maxLength: 255, description: KEY }) clientMutationId?: string;
}

@InputShape('ApproveServingCsrInput')
export class ApproveServingCsrInput extends ApproveCsrDto {
  @Field({ ...NAME, description: 'Cluster.' }) cluster!: string;
  @Field({ ...NAME, description: 'Name of the request.' }) name!: string;
  @Field({ nullable: true, maxLength: 255, description: KEY }) clientMutationId?: string;
}

@OutputType('ServingCsrPayload', 'Answer of a decision about a certificate request.')
export class ServingCsrPayload extends MutationPayload {
  @Field({ type: () => ServingCsrDto, nullable: true, description: 'The request; null if nothing was done.' })
  servingCsr!: ServingCsrDto | null;
}

export const servingCsrDto = (cluster: string, view: ServingRequestView): ServingCsrDto => ({
  id: entityId('ServingCsr', cluster, view.name),
  ...view,
  checks: [...view.checks],
});
