import type {
  AlgorithmSpec,
  EncapsulationAlgorithmSpec,
  EncryptionAlgorithmSpec,
  KeyAgreementAlgorithmSpec,
  KeySpec as KeySpecName,
  KeyUsageType,
  MacAlgorithmSpec,
  SigningAlgorithmSpec,
} from '@keyhold/protocol'
import { deepFrozen, type Site } from './algorithms.ts'
import type { CurveName, Material, PairMaterial, RsaBits } from './material.ts'

/** How imported material can be wrapped. RSAES_PKCS1_V1_5 is in the model, but AWS no longer accepts it. */
export type WrappingAlgorithm = Exclude<AlgorithmSpec, 'RSAES_PKCS1_V1_5'>

/** Everything the service knows about one key spec. */
export interface KeySpec {
  name: KeySpecName
  /** Whether keys of this spec can be created. AWS offers the others only in its China Regions. */
  offered: boolean
  material: Material
  usages: readonly KeyUsageType[]
  /** The usage of a key that is created without one. Absent if CreateKey must specify it. */
  defaultUsage?: KeyUsageType
  encryptionAlgorithms: readonly EncryptionAlgorithmSpec[]
  signingAlgorithms: readonly SigningAlgorithmSpec[]
  macAlgorithms: readonly MacAlgorithmSpec[]
  keyAgreementAlgorithms: readonly KeyAgreementAlgorithmSpec[]
  encapsulationAlgorithms: readonly EncapsulationAlgorithmSpec[]
  /** How imported material of this spec can be wrapped. Empty if Origin cannot be EXTERNAL. */
  wrappingAlgorithms: readonly WrappingAlgorithm[]
  /** Whether GenerateDataKeyPair can generate pairs of this spec. */
  dataKeyPair: boolean
  /** Whether its keys can be rotated: on demand and, with AWS_KMS origin, automatically. */
  rotation: boolean
  multiRegion: boolean
  customKeyStore: boolean
}

const OAEP = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const
/** The wrapping algorithms that first wrap the material under an AES key: for material that is too long for OAEP. */
export const AES_KEY_WRAP = ['RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256'] as const

/** The defaults of most specs. Each builder overrides what differs. */
const COMMON = {
  offered: true,
  encryptionAlgorithms: [],
  signingAlgorithms: [],
  macAlgorithms: [],
  keyAgreementAlgorithms: [],
  encapsulationAlgorithms: [],
  wrappingAlgorithms: [],
  dataKeyPair: false,
  rotation: false,
  multiRegion: true,
  customKeyStore: false,
} as const satisfies Partial<KeySpec>

/** The length of a key for AES-256. */
const SYMMETRIC_MATERIAL_BYTES = 32

/** AES-256-GCM. Source: AWS KMS Developer Guide, "SYMMETRIC_DEFAULT key spec". */
const symmetric = (): KeySpec => ({
  ...COMMON,
  name: 'SYMMETRIC_DEFAULT',
  material: { kind: 'secret', bytes: SYMMETRIC_MATERIAL_BYTES },
  usages: ['ENCRYPT_DECRYPT'],
  defaultUsage: 'ENCRYPT_DECRYPT',
  encryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
  wrappingAlgorithms: OAEP,
  rotation: true,
  customKeyStore: true,
})

/** Too long for OAEP alone, so an RSA private key is imported only under a wrapped AES key. */
const rsa = (bits: RsaBits): KeySpec => ({
  ...COMMON,
  name: `RSA_${bits}`,
  material: { kind: 'rsa', bits, keyType: 'rsa', generation: { modulusLength: bits } },
  usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'],
  encryptionAlgorithms: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  signingAlgorithms: [
    'RSASSA_PKCS1_V1_5_SHA_256',
    'RSASSA_PKCS1_V1_5_SHA_384',
    'RSASSA_PKCS1_V1_5_SHA_512',
    'RSASSA_PSS_SHA_256',
    'RSASSA_PSS_SHA_384',
    'RSASSA_PSS_SHA_512',
  ],
  wrappingAlgorithms: AES_KEY_WRAP,
  dataKeyPair: true,
})

const curve = (name: CurveName, fieldBytes: number, runsAt: Site): PairMaterial => ({
  kind: 'ec',
  curve: name,
  fieldBytes,
  runsAt,
  keyType: 'ec',
  generation: { namedCurve: name },
})

/** The NIST curves, with one hash each, for signatures and key agreement. OpenSSL has optimised code only for P-256. */
const ecc = (bits: 256 | 384 | 521, name: CurveName): KeySpec => ({
  ...COMMON,
  name: `ECC_NIST_P${bits}`,
  material: curve(name, Math.ceil(bits / 8), bits === 256 ? 'inline' : 'native'),
  usages: ['SIGN_VERIFY', 'KEY_AGREEMENT'],
  signingAlgorithms: [bits === 521 ? 'ECDSA_SHA_512' : `ECDSA_SHA_${bits}`],
  keyAgreementAlgorithms: ['ECDH'],
  wrappingAlgorithms: [...OAEP, ...AES_KEY_WRAP],
  dataKeyPair: true,
})

const secp256k1 = (): KeySpec => ({
  ...COMMON,
  name: 'ECC_SECG_P256K1',
  material: curve('secp256k1', 32, 'native'),
  usages: ['SIGN_VERIFY'],
  signingAlgorithms: ['ECDSA_SHA_256'],
  wrappingAlgorithms: [...OAEP, ...AES_KEY_WRAP],
  dataKeyPair: true,
})

const ed25519 = (): KeySpec => ({
  ...COMMON,
  name: 'ECC_NIST_EDWARDS25519',
  material: { kind: 'ed25519', keyType: 'ed25519', generation: {} },
  usages: ['SIGN_VERIFY'],
  signingAlgorithms: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'],
  wrappingAlgorithms: [...OAEP, ...AES_KEY_WRAP],
  dataKeyPair: true,
})

/** The key is as long as the MAC, also if imported (AWS: "must match the length specified by the key spec"). */
const hmac = (bits: 224 | 256 | 384 | 512): KeySpec => ({
  ...COMMON,
  name: `HMAC_${bits}`,
  material: { kind: 'secret', bytes: bits / 8 },
  usages: ['GENERATE_VERIFY_MAC'],
  macAlgorithms: [`HMAC_SHA_${bits}`],
  wrappingAlgorithms: OAEP,
})

const mlDsa = (set: 44 | 65 | 87): KeySpec => ({
  ...COMMON,
  name: `ML_DSA_${set}`,
  material: { kind: 'ml-dsa', keyType: `ml-dsa-${set}`, generation: {} },
  usages: ['SIGN_VERIFY'],
  signingAlgorithms: ['ML_DSA_SHAKE_256'],
})

/** Ciphertext sizes: FIPS 203, table 3. */
const mlKem = (set: 512 | 768 | 1024): KeySpec => ({
  ...COMMON,
  name: `ML_KEM_${set}`,
  material: {
    kind: 'ml-kem',
    keyType: `ml-kem-${set}`,
    generation: {},
    ciphertextBytes: { 512: 768, 768: 1088, 1024: 1568 }[set],
  },
  usages: ['ENCAPSULATE_DECAPSULATE'],
  encapsulationAlgorithms: ['ML_KEM'],
  dataKeyPair: true,
})

/**
 * AWS offers this spec only in its China Regions; in other Regions it recognises the name and refuses it. This server
 * refuses it everywhere.
 */
const sm2 = (): KeySpec => ({
  ...COMMON,
  name: 'SM2',
  offered: false,
  material: { kind: 'sm2' },
  usages: ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT'],
  encryptionAlgorithms: ['SM2PKE'],
  signingAlgorithms: ['SM2DSA'],
  keyAgreementAlgorithms: ['ECDH'],
  wrappingAlgorithms: ['SM2PKE'],
  dataKeyPair: true,
})

/** Source: AWS KMS Developer Guide, "Key spec reference" and "Requirements for imported key material". */
const ROWS: readonly KeySpec[] = [
  symmetric(),
  ...([2048, 3072, 4096] as const).map(rsa),
  ecc(256, 'prime256v1'),
  ecc(384, 'secp384r1'),
  ecc(521, 'secp521r1'),
  secp256k1(),
  ed25519(),
  ...([224, 256, 384, 512] as const).map(hmac),
  ...([44, 65, 87] as const).map(mlDsa),
  ...([512, 768, 1024] as const).map(mlKem),
  sm2(),
]

const SPECS: ReadonlyMap<string, KeySpec> = new Map(ROWS.map((row) => [row.name, deepFrozen(row)]))

/**
 * Returns the row of a spec, or `undefined` if AWS has no spec of that name. `offered` says whether keys of it can be
 * created.
 */
export function keySpec(name: KeySpecName): KeySpec
export function keySpec(name: string): KeySpec | undefined
export function keySpec(name: string): KeySpec | undefined {
  return SPECS.get(name)
}

/** Returns all specs. */
export function keySpecs(): KeySpec[] {
  return [...SPECS.values()]
}

/** Returns whether keys of `spec` have a public half. */
export function isKeyPair({ material }: KeySpec): boolean {
  return material.kind !== 'secret'
}

/** Returns the length of a secret key in bytes. Throws `TypeError` for the spec of a key pair. */
export function secretBytes({ name, material }: KeySpec): number {
  if (material.kind !== 'secret') throw new TypeError(`${name} is the spec of a key pair`)
  return material.bytes
}
