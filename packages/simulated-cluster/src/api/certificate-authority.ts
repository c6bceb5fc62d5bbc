import 'reflect-metadata';
import { createPrivateKey, webcrypto } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as x509 from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const DAY_MS = 24 * 3600 * 1000;

export interface IssuedCertificate {
  readonly certificatePem: string;
  readonly privateKeyPem: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  readonly organization?: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly days?: number;
}

/** The simulated cluster's own CA. Kept in the data folder, so that a kubeconfig outlives restarts. */
export class CertificateAuthority {
  private constructor(
    readonly certificatePem: string,
    private readonly certificate: x509.X509Certificate,
    private readonly signingKey: webcrypto.CryptoKey,
  ) {}

  static async open(folder: string): Promise<CertificateAuthority> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const [certificateFile, keyFile] = [join(folder, 'ca.crt'), join(folder, 'ca.key')];
    const kept = await readPair(certificateFile, keyFile);
    if (kept) return CertificateAuthority.load(kept.certificatePem, kept.privateKeyPem);
    const made = await createAuthority();
    await writeFile(keyFile, made.privateKeyPem, { mode: 0o600 });
    await chmod(keyFile, 0o600);
    await writeFile(certificateFile, made.certificatePem);
    return CertificateAuthority.load(made.certificatePem, made.privateKeyPem);
  }

  private static async load(certificatePem: string, privateKeyPem: string): Promise<CertificateAuthority> {
    const der = createPrivateKey(privateKeyPem).export({ type: 'pkcs8', format: 'der' });
    const key = await webcrypto.subtle.importKey('pkcs8', new Uint8Array(der), ALGORITHM, false, ['sign']);
    return new CertificateAuthority(certificatePem, new x509.X509Certificate(certificatePem), key);
  }

  /**
   * Signs what a certificate signing request asks for, with its own subject and names: checking them is the approver's duty.
   * @throws Error if the request is not a valid PKCS#10 one
   */
  async sign(requestPem: string, days = 365): Promise<string> {
    const request = new x509.Pkcs10CertificateRequest(requestPem);
    if (!(await request.verify())) throw new Error('the signature of the request is not valid');
    const names = request.extensions.find((extension) => extension.type === SUBJECT_ALTERNATIVE_NAME);
    const certificate = await x509.X509CertificateGenerator.create({
      subject: request.subject,
      issuer: this.certificate.subject,
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + days * DAY_MS),
      publicKey: await request.publicKey.export(),
      signingKey: this.signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        ...(names ? [names] : []),
      ],
    });
    return certificate.toString('pem');
  }

  /** A serving certificate. */
  async issue(request: CertificateRequest): Promise<IssuedCertificate> {
    const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
    const names = [
      ...(request.dnsNames ?? []).map((value) => ({ type: 'dns' as const, value })),
      ...(request.ipAddresses ?? []).map((value) => ({ type: 'ip' as const, value })),
    ];
    const organization = request.organization ? [{ O: [request.organization] }] : [];
    const certificate = await x509.X509CertificateGenerator.create({
      subject: new x509.Name([...organization, { CN: [request.commonName] }]).toString(),
      issuer: this.certificate.subject,
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + (request.days ?? 365) * DAY_MS),
      publicKey: keys.publicKey,
      signingKey: this.signingKey,
      signingAlgorithm: ALGORITHM,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(names),
      ],
    });
    return { certificatePem: certificate.toString('pem'), privateKeyPem: await exportKey(keys.privateKey) };
  }
}

async function createAuthority(): Promise<IssuedCertificate> {
  const keys = await webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=simulated-cluster-ca',
    keys,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 3650 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: certificate.toString('pem'), privateKeyPem: await exportKey(keys.privateKey) };
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}

async function readPair(certificateFile: string, keyFile: string): Promise<IssuedCertificate | undefined> {
  try {
    const [certificatePem, privateKeyPem] = await Promise.all([
      readFile(certificateFile, 'utf8'),
      readFile(keyFile, 'utf8'),
    ]);
    return { certificatePem, privateKeyPem };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
