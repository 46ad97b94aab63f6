import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
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
}

const YEAR_2000 = new Date('2000-01-01T00:00:00Z')
const YEAR_2100 = new Date('2100-01-01T00:00:00Z')

/**
 * A certificate made on the spot, so that no private key lies in the repository and none expires there: X.509 (RFC 5280,
 * section 4.1) with the one extension that matters to clients, written in DER (X.690).
 */
export function selfSigned({ names, notBefore = YEAR_2000, notAfter = YEAR_2100 }: CertificateOptions): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const body = toBeSigned(publicKey, names, [notBefore, notAfter])
  const signature = sign('sha256', body, privateKey)
  const certificate = sequence(body, ECDSA_WITH_SHA256, element(BIT_STRING, Buffer.of(0), signature))
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate.toString('base64')}\n-----END CERTIFICATE-----\n`,
  }
}

const BIT_STRING = 0x03
const OCTET_STRING = 0x04
const UTF8_STRING = 0x0c
const GENERALIZED_TIME = 0x18
const SET = 0x31

const COMMON_NAME = Buffer.from('0603550403', 'hex')
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex')
const VERSION_3 = Buffer.from('a003020102', 'hex')
const SERIAL_NUMBER = Buffer.from('020101', 'hex')
const ECDSA_WITH_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'))

function toBeSigned(publicKey: KeyObject, names: readonly string[], validity: readonly Date[]): Buffer {
  const name = sequence(element(SET, sequence(COMMON_NAME, element(UTF8_STRING, Buffer.from('Keyhold test')))))
  const times = sequence(...validity.map((time) => element(GENERALIZED_TIME, Buffer.from(asTime(time)))))
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  const extensions = element(0xa3, sequence(alternativeNames(names)))
  return sequence(VERSION_3, SERIAL_NUMBER, ECDSA_WITH_SHA256, name, times, name, spki, extensions)
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
