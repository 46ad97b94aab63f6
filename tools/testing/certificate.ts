import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'

/** A key and a certificate by which it vouches for itself, in PEM. */
export interface SelfSigned {
  key: string
  certificate: string
}

export interface CertificateOptions {
  /** Names and IPv4 addresses that it is for. */
  names: readonly string[]
  notBefore?: Date
  notAfter?: Date
  /** Its name, and that of its issuer where it is its own. */
  subject?: string
  /** Whose key signs it; by default its own. */
  issuer?: SelfSigned & { subject: string }
  /** Whether it can be an issuer. */
  isAuthority?: boolean
  /** An RSA key of this length; by default one on P-256. */
  rsaBits?: number
  /** The object identifier of its only purpose, in hex; by default all. */
  purpose?: string
}

/** What a certificate of TLS servers, or of TLS clients alone, is for (RFC 5280, section 4.2.1.12). */
export const PURPOSES = { server: '06082b06010505070301', client: '06082b06010505070302' } as const

const YEAR_2000 = new Date('2000-01-01T00:00:00Z')
const YEAR_2100 = new Date('2100-01-01T00:00:00Z')

/**
 * A certificate made on the spot, so that no private key lies in the repository and none expires there: X.509 (RFC 5280,
 * section 4.1) with the extensions that matter here, written in DER (X.690).
 */
export function selfSigned(options: CertificateOptions): SelfSigned {
  const { privateKey, publicKey } =
    options.rsaBits === undefined
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: options.rsaBits })
  const signer = options.issuer === undefined ? privateKey : createPrivateKey(options.issuer.key)
  const algorithm = signer.asymmetricKeyType === 'rsa' ? RSA_WITH_SHA256 : ECDSA_WITH_SHA256
  const body = toBeSigned(publicKey, algorithm, options)
  const signature = sign('sha256', body, signer)
  const certificate = sequence(body, algorithm, element(BIT_STRING, Buffer.of(0), signature))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
  }
}

const INTEGER = 0x02
const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const UTF8_STRING = 0x0c
const GENERALIZED_TIME = 0x18
const SET = 0x31

const COMMON_NAME = Buffer.from('0603550403', 'hex')
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex')
const VERSION_3 = Buffer.from('a003020102', 'hex')
const ECDSA_WITH_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'))

const RSA_WITH_SHA256 = sequence(Buffer.from('06092a864886f70d01010b0500', 'hex'))
/** Critical, CA:TRUE. */
const AUTHORITY = Buffer.from('300f0603551d130101ff040530030101ff', 'hex')
const EXTENDED_KEY_USAGE = Buffer.from('0603551d25', 'hex')

function toBeSigned(
  publicKey: KeyObject,
  algorithm: Buffer,
  {
    names,
    notBefore = YEAR_2000,
    notAfter = YEAR_2100,
    subject = 'Keyhold test',
    issuer,
    isAuthority,
    purpose,
  }: CertificateOptions,
): Buffer {
  const times = sequence(...[notBefore, notAfter].map((time) => element(GENERALIZED_TIME, Buffer.from(asTime(time)))))
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const extensions = sequence(
    ...(names.length > 0 ? [alternativeNames(names)] : []),
    ...(isAuthority === true ? [AUTHORITY] : []),
    ...(purpose === undefined
      ? []
      : [sequence(EXTENDED_KEY_USAGE, element(OCTET_STRING, sequence(Buffer.from(purpose, 'hex'))))]),
  )
  const issuerName = nameOf(issuer?.subject ?? subject)
  const serial = element(INTEGER, Buffer.concat([Buffer.of(1), randomBytes(8)]))
  return sequence(VERSION_3, serial, algorithm, issuerName, times, nameOf(subject), spki, element(0xa3, extensions))
}

function nameOf(text: string): Buffer {
  return sequence(element(SET, sequence(COMMON_NAME, element(UTF8_STRING, Buffer.from(text)))))
}

function alternativeNames(names: readonly string[]): Buffer {
  const general = names.map((name) =>
    isIP(name) === 4 ? element(0x87, Buffer.from(name.split('.').map(Number))) : element(0x82, Buffer.from(name)),
  )
  return sequence(SUBJECT_ALT_NAME, element(OCTET_STRING, sequence(...general)))
}

function asTime(time: Date): string {
  return time.toISOString().replaceAll(/[-:T]|\.\d+/g, '')
}

function sequence(...content: readonly Buffer[]): Buffer {
  return element(0x30, ...content)
}

function element(tag: number, ...content: readonly Buffer[]): Buffer {
  const value = Buffer.concat(content)
  const length = value.byteLength
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), value])
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), value])
}
