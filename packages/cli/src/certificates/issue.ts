import { isIP } from 'node:net'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'
import { Integer, Sequence } from 'asn1js'

/** A private key and its certificate, in PEM. */
export interface Issued {
  certificate: string
  key: string
}

/** How long a certificate is valid. */
export interface Span {
  notBefore: Date
  notAfter: Date
}

const EC = { name: 'ECDSA', namedCurve: 'P-256' } as const
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const
const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
const COMMON_NAME = '2.5.4.3'

/**
 * Makes an authority that can issue certificates of servers, and no further authorities (RFC 5280, section 4.2.1.9).
 */
export async function issueAuthority(commonName: string, span: Span): Promise<Issued> {
  const pair = await crypto.subtle.generateKey(EC, true, ['sign', 'verify'])
  const subject = nameOf(commonName)
  const id = await keyIdOf(pair.publicKey)
  const extensions = [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 }), true),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign), true),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(id)),
  ]
  const body = await toBeSigned(pair.publicKey, { subject, issuer: subject, span, extensions })
  return { certificate: await signed(body, pair.privateKey), key: await pemOfKey(pair.privateKey) }
}

/** Makes a certificate of a server with these DNS names and IP addresses. Throws if the authority's files are something else. */
export async function issueServer(authority: Issued, names: readonly string[], span: Span): Promise<Issued> {
  const pair = await crypto.subtle.generateKey(EC, true, ['sign', 'verify'])
  const issuer = AsnConvert.parse(derOf(authority.certificate), Certificate).tbsCertificate
  const signer = await crypto.subtle.importKey('pkcs8', derOf(authority.key), EC, false, ['sign'])
  const extensions = [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: false }), true),
    extension(id_ce_keyUsage, new KeyUsage(KeyUsageFlags.digitalSignature), true),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage([id_kp_serverAuth])),
    extension(id_ce_subjectAltName, new SubjectAlternativeName(names.map(generalName))),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(await keyIdOf(pair.publicKey))),
    extension(
      id_ce_authorityKeyIdentifier,
      new AuthorityKeyIdentifier({ keyIdentifier: new KeyIdentifier(await idOf(issuer.subjectPublicKeyInfo)) }),
    ),
  ]
  const subject = nameOf(names[0] ?? '')
  const body = await toBeSigned(pair.publicKey, { subject, issuer: issuer.subject, span, extensions })
  return { certificate: await signed(body, signer), key: await pemOfKey(pair.privateKey) }
}

/** The names in a certificate of a server. */
export function serverNames(certificate: string): string[] {
  const { extensions = [] } = AsnConvert.parse(derOf(certificate), Certificate).tbsCertificate
  const found = extensions.find(({ extnID }) => extnID === id_ce_subjectAltName)
  if (found === undefined) return []
  const names = AsnConvert.parse(found.extnValue.buffer, SubjectAlternativeName)
  return Array.from(names, ({ dNSName, iPAddress }) => dNSName ?? iPAddress ?? '').filter((name) => name !== '')
}

interface Parts {
  subject: Name
  issuer: Name
  span: Span
  extensions: Extension[]
}

async function toBeSigned(publicKey: CryptoKey, { subject, issuer, span, extensions }: Parts): Promise<TBSCertificate> {
  return new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber(),
    signature: new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 }),
    issuer,
    validity: new Validity({ notBefore: span.notBefore, notAfter: span.notAfter }),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(await crypto.subtle.exportKey('spki', publicKey), SubjectPublicKeyInfo),
    extensions: new Extensions(extensions),
  })
}

async function signed(body: TBSCertificate, key: CryptoKey): Promise<string> {
  const raw = new Uint8Array(await crypto.subtle.sign(SIGNATURE, key, AsnConvert.serialize(body)))
  const certificate = new Certificate({
    tbsCertificate: body,
    signatureAlgorithm: new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 }),
    signatureValue: ecdsaSignature(raw),
  })
  return pem('CERTIFICATE', AsnConvert.serialize(certificate))
}

/** X.509 has the two numbers of a signature as a SEQUENCE (RFC 3279, section 2.2.3), WebCrypto one after the other. */
function ecdsaSignature(raw: Uint8Array): ArrayBuffer {
  const half = raw.byteLength / 2
  const numbers = [raw.subarray(0, half), raw.subarray(half)].map((bytes) =>
    Integer.fromBigInt(BigInt(`0x${Buffer.from(bytes).toString('hex')}`)),
  )
  return new Sequence({ value: numbers }).toBER()
}

/** Positive, and not to be guessed. */
function serialNumber(): ArrayBuffer {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40
  return bytes.buffer
}

function extension(id: string, value: object, critical = false): Extension {
  return new Extension({ extnID: id, critical, extnValue: new OctetString(AsnConvert.serialize(value)) })
}

function generalName(name: string): GeneralName {
  return new GeneralName(isIP(name) === 0 ? { dNSName: name } : { iPAddress: name })
}

function nameOf(commonName: string): Name {
  const value = new AttributeValue({ utf8String: commonName.slice(0, 64) }) // X.520 allows no more
  return new Name([new RelativeDistinguishedName([new AttributeTypeAndValue({ type: COMMON_NAME, value })])])
}

async function keyIdOf(publicKey: CryptoKey): Promise<ArrayBuffer> {
  return idOf(AsnConvert.parse(await crypto.subtle.exportKey('spki', publicKey), SubjectPublicKeyInfo))
}

/** RFC 7093, section 2, method 1. */
async function idOf({ subjectPublicKey }: SubjectPublicKeyInfo): Promise<ArrayBuffer> {
  return (await crypto.subtle.digest('SHA-256', subjectPublicKey)).slice(0, 20)
}

async function pemOfKey(key: CryptoKey): Promise<string> {
  return pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', key))
}

function pem(label: string, der: ArrayBuffer): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`
}

function derOf(text: string): Uint8Array<ArrayBuffer> {
  const base64 = /-----BEGIN [A-Z ]+-----([^-]+)-----END/.exec(text)?.[1] ?? ''
  return new Uint8Array(Buffer.from(base64, 'base64'))
}
