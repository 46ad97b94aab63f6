import type { SigningAlgorithm } from '../../../src/domain/keys/algorithms.ts'
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js'
import { ed25519, ed25519ph } from '@noble/curves/ed25519.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { type DSA, ml_dsa44, ml_dsa65, ml_dsa87 } from '@noble/post-quantum/ml-dsa.js'
import { openssl, opensslAgrees } from './openssl.ts'
import { pkcs8, spki, type TestKey } from './keys.ts'

type PublicTestKey = Pick<TestKey, 'spec' | 'publicKey'>

/** Signatures over a text by an implementation other than the code under test. */
export interface OtherSigner {
  sign(key: TestKey, algorithm: SigningAlgorithm, text: Uint8Array): Promise<Uint8Array>
  verify(key: PublicTestKey, algorithm: SigningAlgorithm, text: Uint8Array, signature: Uint8Array): Promise<boolean>
}

const CURVES: Readonly<Record<string, ECDSA>> = {
  ECC_NIST_P256: p256,
  ECC_NIST_P384: p384,
  ECC_NIST_P521: p521,
  ECC_SECG_P256K1: secp256k1,
}
const SETS: Readonly<Record<string, DSA>> = { ML_DSA_44: ml_dsa44, ML_DSA_65: ml_dsa65, ML_DSA_87: ml_dsa87 }

const ECDSA_OPTIONS = { lowS: false, format: 'der' } as const

/** noble, which uses neither OpenSSL nor our encodings. It has no RSA. */
export const nobleSigner: OtherSigner = {
  async sign(key, { scheme }, text) {
    if (scheme === 'ECDSA') return curveOf(key).sign(text, ecScalar(key), ECDSA_OPTIONS)
    if (scheme === 'ED25519') return ed25519.sign(text, pkcs8(key.key).subarray(-32))
    if (scheme === 'ED25519_PH') return ed25519ph.sign(text, pkcs8(key.key).subarray(-32))
    const set = setOf(key)
    return set.sign(text, set.keygen(pkcs8(key.key).subarray(-32)).secretKey)
  },
  async verify(key, { scheme }, text, signature) {
    const publicKey = spki(key.publicKey)
    if (scheme === 'ECDSA') {
      const curve = curveOf(key)
      const point = publicKey.subarray(-(curve.lengths.publicKeyUncompressed ?? 0))
      return curve.verify(signature, text, point, ECDSA_OPTIONS)
    }
    if (scheme === 'ED25519') return ed25519.verify(signature, text, publicKey.subarray(-32))
    if (scheme === 'ED25519_PH') return ed25519ph.verify(signature, text, publicKey.subarray(-32))
    const set = setOf(key)
    return set.verify(signature, text, publicKey.subarray(-(set.lengths.publicKey ?? 0)))
  },
}

/** The installed openssl command, not the library in Node. */
export const opensslSigner: OtherSigner = {
  async sign(key, algorithm, text) {
    const args = [
      'pkeyutl',
      '-sign',
      '-inkey',
      'key',
      '-keyform',
      'DER',
      '-rawin',
      '-in',
      'text',
      ...options(algorithm),
    ]
    return openssl(args, { key: pkcs8(key.key), text })
  },
  async verify(key, algorithm, text, signature) {
    const file = ['-pubin', '-inkey', 'key', '-keyform', 'DER', '-in', 'text', '-sigfile', 'signature']
    const args = ['pkeyutl', '-verify', ...file, '-rawin', ...options(algorithm)]
    return opensslAgrees(args, { key: spki(key.publicKey), text, signature })
  },
}

function options({ scheme, hash }: SigningAlgorithm): string[] {
  const digest = hash === undefined ? [] : ['-digest', hash]
  if (scheme === 'RSASSA_PSS') {
    return [...digest, '-pkeyopt', 'rsa_padding_mode:pss', '-pkeyopt', 'rsa_pss_saltlen:digest']
  }
  return scheme === 'RSASSA_PKCS1_V1_5' ? [...digest, '-pkeyopt', 'rsa_padding_mode:pkcs1'] : digest
}

/** WebCrypto, for RSA. */
export const webCryptoSigner: OtherSigner = {
  async sign(key, algorithm, text) {
    const { name, hash, saltLength } = webAlgorithm(algorithm)
    const imported = await crypto.subtle.importKey('pkcs8', pkcs8(key.key), { name, hash }, false, ['sign'])
    return new Uint8Array(await crypto.subtle.sign({ name, saltLength }, imported, Uint8Array.from(text)))
  },
  async verify(key, algorithm, text, signature) {
    const { name, hash, saltLength } = webAlgorithm(algorithm)
    const publicKey = Uint8Array.from(spki(key.publicKey))
    const imported = await crypto.subtle.importKey('spki', publicKey, { name, hash }, false, ['verify'])
    const [bytes, message] = [Uint8Array.from(signature), Uint8Array.from(text)]
    return crypto.subtle.verify({ name, saltLength }, imported, bytes, message)
  },
}

function webAlgorithm({ scheme, hash = 'sha1' }: SigningAlgorithm): { name: string; hash: string; saltLength: number } {
  const bits = Number(hash.slice(3))
  const name = scheme === 'RSASSA_PSS' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5'
  return { name, hash: `SHA-${bits}`, saltLength: bits / 8 }
}

function curveOf({ spec }: PublicTestKey): ECDSA {
  const curve = CURVES[spec.name]
  if (curve === undefined) throw new Error(`noble does not support ${spec.name}`)
  return curve
}

function setOf({ spec }: PublicTestKey): DSA {
  const set = SETS[spec.name]
  if (set === undefined) throw new Error(`noble does not support ${spec.name}`)
  return set
}

function ecScalar({ key }: TestKey): Uint8Array {
  return Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url')
}
