import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { ipAddressOf } from '../../../../kernel/ip-address.js';
import { SERVING_SIGNER, type SigningRequest } from '../../../../platform/kubernetes/signing-requests.js';

export interface SafetyCheck {
  readonly id: string;
  readonly passed: boolean;
  readonly detail: string;
}

const NODE_USER = 'system:node:';
const REQUIRED_USAGES = ['digital signature', 'server auth'];
const ALLOWED_USAGES = [...REQUIRED_USAGES, 'key encipherment'];

/**
 * The checks that a serving certificate must pass, since whoever holds one can pose as what it names. `addresses` are
 * those of the node that asks, undefined if there is no such node.
 */
export function checkServingRequest(
  { spec }: SigningRequest,
  addresses: readonly string[] | undefined,
): readonly SafetyCheck[] {
  const parsed = parse(spec.request);
  const check = (id: string, passed: boolean, detail: string): SafetyCheck => ({ id, passed, detail });
  const usages = spec.usages ?? [];
  const missing = REQUIRED_USAGES.filter((usage) => !usages.includes(usage));
  const extra = usages.filter((usage) => !ALLOWED_USAGES.includes(usage));
  const checks = [
    check('SIGNER', spec.signerName === SERVING_SIGNER, `signer ${spec.signerName}`),
    check('READABLE', parsed !== undefined, parsed ? 'the request can be read' : 'the request can not be read'),
    check('USAGES', missing.length + extra.length === 0, `usages ${usages.join(', ') || 'none'}`),
    check(
      'NODE_EXISTS',
      addresses !== undefined,
      addresses ? 'the node exists' : `there is no node for ${spec.username}`,
    ),
  ];
  if (!parsed) return checks;
  const { commonNames, organizations, names, others } = parsed;
  const isNode = (spec.username ?? '').startsWith(NODE_USER) && spec.username !== NODE_USER;
  const foreign = names.filter((name) => !addresses?.some((address) => sameAddress(address, name)));
  return [
    ...checks,
    check(
      'COMMON_NAME',
      isNode && commonNames.length === 1 && commonNames[0] === spec.username,
      `common name ${commonNames.join(', ') || 'none'}, asked by ${spec.username}`,
    ),
    check(
      'ORGANIZATION',
      organizations.length === 1 && organizations[0] === 'system:nodes',
      `organizations ${organizations.join(', ') || 'none'}`,
    ),
    check('NO_OTHER_NAMES', others.length === 0, others.length === 0 ? 'DNS and IP names only' : others.join(', ')),
    check('HAS_NAMES', names.length > 0, `${names.length} DNS or IP names`),
    check(
      'OWN_NAMES',
      addresses !== undefined && foreign.length === 0,
      foreign.length === 0 ? 'all names are addresses of the node' : `not the node's: ${foreign.join(', ')}`,
    ),
  ];
}

interface ParsedRequest {
  readonly commonNames: string[];
  readonly organizations: string[];
  readonly names: string[];
  /** Names of kinds that no serving certificate may have. */
  readonly others: string[];
}

function parse(base64: string): ParsedRequest | undefined {
  try {
    const pem = Buffer.from(base64, 'base64').toString('utf8');
    const request = new x509.Pkcs10CertificateRequest(pem);
    const extension = request.getExtension('2.5.29.17') as x509.SubjectAlternativeNameExtension | null;
    const items = extension ? new x509.SubjectAlternativeNameExtension(extension.rawData).names.toJSON() : [];
    return {
      commonNames: request.subjectName.getField('CN'),
      organizations: request.subjectName.getField('O'),
      names: items.filter(({ type }) => type === 'dns' || type === 'ip').map(({ value }) => value),
      others: items.filter(({ type }) => type !== 'dns' && type !== 'ip').map(({ type, value }) => `${type} ${value}`),
    };
  } catch {
    return undefined;
  }
}

/** Addresses by what they mean, however they are written; names without regard to case. */
function sameAddress(address: string, name: string): boolean {
  const plain = (text: string) => ipAddressOf(text) ?? text.toLowerCase();
  return plain(address) === plain(name);
}
