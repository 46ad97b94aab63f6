import { bytesOfBase64 } from '../platform/base64.ts'
import type { HeadSigner, VerifySignature } from './ports.ts'

/** The media type of certificates, as their header has it (RFC 7515, section 4.1.9). */
const TYPE = 'keyhold-shred-certificate'
const SIGNATURE_BYTES = 64
/** A certificate of a key with thousands of materials has some hundred kilobytes. */
const MAX_CHARACTERS = 4 * 2 ** 20

/**
 * Signs a statement with the key of the audit log: a JSON Web Signature in compact form (RFC 7515) by Ed25519 (RFC 8037),
 * which any implementation of these verifies. What is signed begins with the header in base64url; heads of the log begin
 * otherwise, so neither can be taken for the other.
 */
export function signCertificate(signer: HeadSigner, statement: object): string {
  const x = Buffer.from(signer.publicKey).toString('base64url')
  const header = { alg: 'EdDSA', typ: TYPE, jwk: { kty: 'OKP', crv: 'Ed25519', x } }
  const signed = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(statement))}`
  return `${signed}.${Buffer.from(signer.sign(Buffer.from(signed))).toString('base64url')}`
}

/**
 * Returns the statement of a certificate, or `undefined` if it is none or the signature is by another key. The key in the
 * header is not looked at: anyone can put theirs there.
 */
export function openCertificate(certificate: string, verify: VerifySignature): unknown {
  if (certificate.length > MAX_CHARACTERS) return undefined
  const [header = '', statement = '', signature = '', ...rest] = certificate.trim().split('.')
  const bytes = Buffer.from(signature, 'base64url')
  if (rest.length > 0 || bytes.byteLength !== SIGNATURE_BYTES) return undefined
  const said = json(header) as { alg?: unknown; typ?: unknown; crit?: unknown } | undefined
  if (said?.alg !== 'EdDSA' || said.typ !== TYPE || said.crit !== undefined) return undefined
  if (bytes.toString('base64url') !== signature || !verify(Buffer.from(`${header}.${statement}`), bytes)) {
    return undefined
  }
  return json(statement)
}

/**
 * Returns the 32 bytes of an Ed25519 key in one of the forms in which it is handed on: the verifier key of signed notes that
 * `keyhold audit head --public-key` prints, or PEM.
 */
export function publicKeyOf(text: string): Uint8Array | undefined {
  const pem = /-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----/.exec(text)?.[1]
  const bytes = bytesOfBase64(pem === undefined ? text.trim().split('+').slice(2).join('+') : pem.replace(/\s/g, ''))
  const prefix = pem === undefined ? NOTE_PREFIX : SPKI_PREFIX
  if (bytes?.byteLength !== prefix.byteLength + 32 || !prefix.equals(bytes.subarray(0, prefix.byteLength))) {
    return undefined
  }
  return bytes.subarray(prefix.byteLength)
}

/** C2SP signed-note, "Ed25519 signatures". */
const NOTE_PREFIX = Buffer.of(1)
/** SubjectPublicKeyInfo of Ed25519 (RFC 8410, section 4), before the key. */
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url')
}

/** Returns `undefined` for anything but JSON in base64url. */
function json(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString())
  } catch {
    return undefined
  }
}
