import { createHash, createPrivateKey, createPublicKey, decapsulate, diffieHellman, hkdfSync } from 'node:crypto'
import { decodeBech32 } from './bech32.ts'
import { Failure } from './failure.ts'
import { openChaCha } from './aead.ts'
import { mac as hmac } from './seals.ts'

/** A stanza of an age header (C2SP age, "Recipient stanza"). */
export interface Stanza {
  type: string
  args: string[]
  body: Buffer
}

/** The secret half of an age recipient. */
export interface Identity {
  /** Opens the file key of a stanza; `undefined` for a stanza that is another's. */
  open(stanza: Stanza): Buffer | undefined
}

const SEED_BYTES = 32
const X25519_LABEL = 'age-encryption.org/v1/X25519'
const HYBRID_LABEL = 'age-encryption.org/mlkem768x25519'
const CIPHERTEXT_BYTES = 1088
/** DER before a raw key: PrivateKeyInfo and SubjectPublicKeyInfo of X25519 (RFC 8410), and of the seed of ML-KEM-768 (RFC 9935). */
const DER = {
  x25519Private: Buffer.from('302e020100300506032b656e04220420', 'hex'),
  x25519Public: Buffer.from('302a300506032b656e032100', 'hex'),
  mlKemPrivate: Buffer.from('3054020100300b060960864801650304040204428040', 'hex'),
} as const

/** Reads `AGE-SECRET-KEY-1…` or `AGE-SECRET-KEY-PQ-1…`. Throws {@link Failure}. */
export function parseIdentity(text: string): Identity {
  const { prefix, bytes } = decodeBech32(text) ?? {}
  if (bytes?.byteLength === SEED_BYTES && prefix === 'age-secret-key-') return x25519Identity(bytes)
  if (bytes?.byteLength === SEED_BYTES && prefix === 'age-secret-key-pq-') return hybridIdentity(bytes)
  throw new Failure('This is no native age identity, or it was damaged.')
}

/** The identities that a key can be of, where its recipient is not known. */
export function identitiesOfKey(key: Buffer): Identity[] {
  return [hybridIdentity(key), x25519Identity(key)]
}

/** The identity of a way key: of the form that the recipient has. */
export function identityOfKey(key: Buffer, recipient: string): Identity {
  return recipient.startsWith('age1pq1') ? hybridIdentity(key) : x25519Identity(key)
}

/** C2SP age, "The X25519 recipient type". */
function x25519Identity(scalar: Buffer): Identity {
  return {
    open({ type, args: [share = ''], body }) {
      if (type !== 'X25519') return undefined
      const ephemeral = Buffer.from(share, 'base64')
      const salt = Buffer.concat([ephemeral, publicHalf(scalar)])
      return unwrap(hkdfSync('sha256', agree(scalar, ephemeral), salt, X25519_LABEL, 32), Buffer.alloc(12), body)
    },
  }
}

/** C2SP age, "The mlkem768x25519 recipient type": HPKE (RFC 9180) with the KEM X-Wing (draft-connolly-cfrg-xwing-kem). */
function hybridIdentity(seed: Buffer): Identity {
  const expanded = createHash('shake256', { outputLength: 96 }).update(seed).digest()
  const [mlKemSeed, scalar] = [expanded.subarray(0, 64), expanded.subarray(64)]
  return {
    open({ type, args: [share = ''], body }) {
      if (type !== 'mlkem768x25519') return undefined
      const encapsulated = Buffer.from(share, 'base64')
      const [first, second] = [encapsulated.subarray(0, CIPHERTEXT_BYTES), encapsulated.subarray(CIPHERTEXT_BYTES)]
      const mlKemKey = createPrivateKey({
        key: Buffer.concat([DER.mlKemPrivate, mlKemSeed]),
        format: 'der',
        type: 'pkcs8',
      })
      const shared = [decapsulate(mlKemKey, first), agree(scalar, second), second, publicHalf(scalar)]
      const secret = createHash('sha3-256')
        .update(Buffer.concat([...shared, Buffer.from('\\.//^\\')]))
        .digest()
      const { key, nonce } = hpkeContext(secret)
      return unwrap(key, nonce, body)
    },
  }
}

function unwrap(key: ArrayBuffer | Buffer, nonce: Buffer, body: Buffer): Buffer | undefined {
  return openChaCha({ key: Buffer.from(key as ArrayBuffer), iv: nonce }, body)
}

function privateKey(scalar: Buffer): ReturnType<typeof createPrivateKey> {
  return createPrivateKey({ key: Buffer.concat([DER.x25519Private, scalar]), format: 'der', type: 'pkcs8' })
}

function publicHalf(scalar: Buffer): Buffer {
  const der = createPublicKey(privateKey(scalar)).export({ format: 'der', type: 'spki' })
  return der.subarray(DER.x25519Public.byteLength)
}

function agree(scalar: Buffer, share: Buffer): Buffer {
  const publicKey = createPublicKey({ key: Buffer.concat([DER.x25519Public, share]), format: 'der', type: 'spki' })
  return diffieHellman({ privateKey: privateKey(scalar), publicKey })
}

/** RFC 9180, section 5.1: the key schedule of mode_base, with HKDF-SHA256 and ChaCha20Poly1305. */
function hpkeContext(shared: Buffer): { key: Buffer; nonce: Buffer } {
  const suite = Buffer.from([...Buffer.from('HPKE'), 0x64, 0x7a, 0, 1, 0, 3])
  const extract = (salt: Buffer, label: string, input: Buffer): Buffer =>
    hmac(salt, Buffer.concat([Buffer.from('HPKE-v1'), suite, Buffer.from(label), input]))
  const context = Buffer.concat([
    Buffer.alloc(1),
    extract(NOTHING, 'psk_id_hash', NOTHING),
    extract(NOTHING, 'info_hash', Buffer.from(HYBRID_LABEL)),
  ])
  const secret = extract(shared, 'secret', NOTHING)
  const expand = (label: string, bytes: number): Buffer => {
    const info = [Buffer.from([0, bytes]), Buffer.from('HPKE-v1'), suite, Buffer.from(label), context]
    return hmac(secret, Buffer.concat([...info, Uint8Array.of(1)])).subarray(0, bytes)
  }
  return { key: expand('key', 32), nonce: expand('base_nonce', 12) }
}

const NOTHING = Buffer.alloc(0)
