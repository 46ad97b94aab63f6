import type {
  EncapsulationAlgorithmSpec,
  EncryptionAlgorithmSpec,
  KeyAgreementAlgorithmSpec,
  KeyUsageType,
  MacAlgorithmSpec,
  MessageType,
  SigningAlgorithmSpec,
} from '@keyhold/protocol'

/** Hash names of node:crypto. */
export type HashName = 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512'

/**
 * Where a computation runs, so that no request waits for a slow computation of another. `inline`: on the calling
 * thread, for up to about a tenth of a millisecond. `native`: in Node's thread pool, for functions that node:crypto
 * offers asynchronously. `worker`: in a thread of our own, for slow synchronous functions.
 */
export type Site = 'inline' | 'native' | 'worker'

/** `curve`: depends on the curve, and the key spec decides. */
export type RunsAt = Site | 'curve'

/** How messages of one type are signed and verified, and where. */
export interface MessageRule {
  /** The exact length in bytes. If absent, 1 to 4,096 bytes. */
  bytes?: number
  sign: RunsAt
  verify: RunsAt
}

/** Signature schemes. Algorithms of one scheme differ only in their hash. */
export type SigningScheme =
  | 'RSASSA_PSS'
  | 'RSASSA_PKCS1_V1_5'
  | 'ECDSA'
  | 'ED25519'
  | 'ED25519_PH'
  | 'ML_DSA'
  | 'SM2DSA'

/** What the service knows about a signing algorithm. */
export interface SigningAlgorithm {
  usage: 'SIGN_VERIFY'
  name: SigningAlgorithmSpec
  scheme: SigningScheme
  /** The hash for a RAW message. Absent if the scheme has its own way of hashing. */
  hash?: HashName
  /** The message types that the algorithm accepts. */
  messages: Readonly<Partial<Record<MessageType, MessageRule>>>
}

/** What the service knows about an encryption algorithm. */
export interface EncryptionAlgorithm {
  usage: 'ENCRYPT_DECRYPT'
  name: EncryptionAlgorithmSpec
  scheme: 'AES_256_GCM' | 'RSAES_OAEP' | 'SM2PKE'
  /** The hash of OAEP and of its mask generation function. */
  hash?: HashName
}

/** What the service knows about a MAC algorithm. */
export interface MacAlgorithm {
  usage: 'GENERATE_VERIFY_MAC'
  name: MacAlgorithmSpec
  hash: HashName
  macBytes: number
}

/** What the service knows about a key agreement algorithm. */
export interface KeyAgreementAlgorithm {
  usage: 'KEY_AGREEMENT'
  name: KeyAgreementAlgorithmSpec
}

/** What the service knows about a key encapsulation algorithm. */
export interface EncapsulationAlgorithm {
  usage: 'ENCAPSULATE_DECAPSULATE'
  name: EncapsulationAlgorithmSpec
}

/** Everything the service knows about one algorithm, for any key. */
export type Algorithm =
  | SigningAlgorithm
  | EncryptionAlgorithm
  | MacAlgorithm
  | KeyAgreementAlgorithm
  | EncapsulationAlgorithm
/** The name of any algorithm. */
export type AlgorithmName = Algorithm['name']

/** Bytes of a digest (FIPS 180-4). */
export const DIGEST_BYTES: Readonly<Record<HashName, number>> = Object.freeze({
  sha1: 20,
  sha224: 28,
  sha256: 32,
  sha384: 48,
  sha512: 64,
})

type Bits = 224 | 256 | 384 | 512
type SigningBits = Exclude<Bits, 224>

/**
 * RSA signatures. The public operation is faster than handing it to another thread. node:crypto can sign a digest, but
 * only synchronously.
 */
const rsassa = (scheme: 'RSASSA_PSS' | 'RSASSA_PKCS1_V1_5', bits: SigningBits): SigningAlgorithm => ({
  usage: 'SIGN_VERIFY',
  name: `${scheme}_SHA_${bits}`,
  scheme,
  hash: `sha${bits}`,
  messages: {
    RAW: { sign: 'native', verify: 'inline' },
    DIGEST: { bytes: bits / 8, sign: 'worker', verify: 'inline' },
  },
})

/** ECDSA, with DER signatures. node:crypto always hashes, so `@noble/curves` signs a caller's digest. */
const ecdsa = (bits: SigningBits): SigningAlgorithm => ({
  usage: 'SIGN_VERIFY',
  name: `ECDSA_SHA_${bits}`,
  scheme: 'ECDSA',
  hash: `sha${bits}`,
  messages: {
    RAW: { sign: 'curve', verify: 'curve' },
    DIGEST: { bytes: bits / 8, sign: 'worker', verify: 'worker' },
  },
})

/** MGF1 uses the hash of OAEP, and the label is empty. */
const oaep = (bits: 1 | 256): EncryptionAlgorithm => ({
  usage: 'ENCRYPT_DECRYPT',
  name: `RSAES_OAEP_SHA_${bits}`,
  scheme: 'RSAES_OAEP',
  hash: `sha${bits}`,
})

const hmac = (bits: Bits): MacAlgorithm => ({
  usage: 'GENERATE_VERIFY_MAC',
  name: `HMAC_SHA_${bits}`,
  hash: `sha${bits}`,
  macBytes: bits / 8,
})

/** Source: AWS KMS Developer Guide, "Key spec reference"; AWS KMS API Reference, Sign, MessageType. */
const ROWS: readonly Algorithm[] = [
  { usage: 'ENCRYPT_DECRYPT', name: 'SYMMETRIC_DEFAULT', scheme: 'AES_256_GCM' },
  oaep(1),
  oaep(256),
  rsassa('RSASSA_PKCS1_V1_5', 256),
  rsassa('RSASSA_PKCS1_V1_5', 384),
  rsassa('RSASSA_PKCS1_V1_5', 512),
  rsassa('RSASSA_PSS', 256),
  rsassa('RSASSA_PSS', 384),
  rsassa('RSASSA_PSS', 512),
  ecdsa(256),
  ecdsa(384),
  ecdsa(512),
  {
    // RFC 8032, PureEdDSA: it reads the message twice, so it cannot sign a digest.
    usage: 'SIGN_VERIFY',
    name: 'ED25519_SHA_512',
    scheme: 'ED25519',
    messages: { RAW: { sign: 'inline', verify: 'inline' } },
  },
  {
    // RFC 8032, HashEdDSA: the caller has applied PH, which is SHA-512.
    usage: 'SIGN_VERIFY',
    name: 'ED25519_PH_SHA_512',
    scheme: 'ED25519_PH',
    hash: 'sha512',
    messages: { DIGEST: { bytes: 64, sign: 'worker', verify: 'worker' } },
  },
  {
    // FIPS 204, ML-DSA with an empty context. EXTERNAL_MU is the 64 bytes of algorithm 7, line 6.
    usage: 'SIGN_VERIFY',
    name: 'ML_DSA_SHAKE_256',
    scheme: 'ML_DSA',
    messages: {
      RAW: { sign: 'native', verify: 'native' },
      EXTERNAL_MU: { bytes: 64, sign: 'worker', verify: 'worker' },
    },
  },
  hmac(224),
  hmac(256),
  hmac(384),
  hmac(512),
  { usage: 'KEY_AGREEMENT', name: 'ECDH' },
  { usage: 'ENCAPSULATE_DECAPSULATE', name: 'ML_KEM' },
  // Offered only in AWS's China Regions: no key here can use them.
  { usage: 'ENCRYPT_DECRYPT', name: 'SM2PKE', scheme: 'SM2PKE' },
  { usage: 'SIGN_VERIFY', name: 'SM2DSA', scheme: 'SM2DSA', messages: {} },
]

const ALGORITHMS: ReadonlyMap<string, Algorithm> = new Map(ROWS.map((row) => [row.name, deepFrozen(row)]))

/** Returns the row of an algorithm, or `undefined` if this usage has no algorithm of that name. */
export function algorithm<U extends KeyUsageType>(
  usage: U,
  name: string,
): Extract<Algorithm, { usage: U }> | undefined {
  const row = ALGORITHMS.get(name)
  return row?.usage === usage ? (row as Extract<Algorithm, { usage: U }>) : undefined
}

/** Returns all algorithms, in AWS's order. */
export function algorithms(): Algorithm[] {
  return [...ALGORITHMS.values()]
}

/** Freezes `value` and everything in it, and returns it. Rows of tables are shared by all callers. */
export function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const inner of Object.values(value)) deepFrozen(inner)
  return Object.freeze(value)
}
