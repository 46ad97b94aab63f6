import type { DataKeyPairSpec } from '@keyhold/protocol'
import type { Material } from '../../domain/keys/material.ts'
import type { KeyRecord } from '../../domain/keys/record.ts'
import { keySpec } from '../../domain/keys/specs.ts'

/**
 * Requests per second of one account in one Region, shared by operations on the same kind of key. Source: AWS KMS Developer
 * Guide, "Request quotas". Kinds that this page does not list (ML-KEM, and data key pairs of Ed25519 and ML-KEM) have the rate
 * of the most similar kind.
 */
const CRYPTOGRAPHIC = {
  'cryptographic-symmetric': 10_000,
  'cryptographic-rsa': 1000,
  'cryptographic-ecc': 1000,
  'cryptographic-ml-dsa': 1000,
  'cryptographic-ml-kem': 1000,
} as const
type CryptographicGroup = keyof typeof CRYPTOGRAPHIC

const BY_MATERIAL: Readonly<Record<Material['kind'], CryptographicGroup>> = {
  secret: 'cryptographic-symmetric',
  rsa: 'cryptographic-rsa',
  ec: 'cryptographic-ecc',
  ed25519: 'cryptographic-ecc',
  sm2: 'cryptographic-ecc',
  'ml-dsa': 'cryptographic-ml-dsa',
  'ml-kem': 'cryptographic-ml-kem',
}

/** Regions with a higher rate for symmetric keys. */
const SYMMETRIC_IN: Readonly<Record<string, number>> = {
  ...inRegions(20_000, [
    'us-east-2',
    'ap-southeast-1',
    'ap-southeast-2',
    'ap-northeast-1',
    'eu-central-1',
    'eu-west-2',
  ]),
  ...inRegions(100_000, ['us-east-1', 'us-west-2', 'eu-west-1']),
}

/** Generating a pair takes much longer than using one. */
const DATA_KEY_PAIRS: Readonly<Record<DataKeyPairSpec, number>> = {
  ECC_NIST_P256: 25,
  ECC_NIST_P384: 10,
  ECC_NIST_P521: 5,
  ECC_SECG_P256K1: 25,
  ECC_NIST_EDWARDS25519: 25,
  RSA_2048: 20,
  RSA_3072: 4,
  RSA_4096: 1,
  SM2: 25,
  ML_KEM_512: 25,
  ML_KEM_768: 25,
  ML_KEM_1024: 25,
}

/**
 * Requests per second of one account. IAM's rates are not published, and IAM is not needed for normal operations. For
 * STS, IAM User Guide, "IAM and STS quotas", states 600 in each Region.
 */
const BY_SERVICE = { 'iam-change': 50, 'iam-read': 200, 'iam-simulate': 5, sts: 600 } as const

const SHARED = { ...CRYPTOGRAPHIC, ...BY_SERVICE }
type SharedGroup = keyof typeof SHARED

/** The rate of a KMS operation: its own requests per second, a shared group, or what determines the group. */
export type KmsRate = number | CryptographicGroup | 'by key' | 'by data key pair'
/** The rate of an IAM operation that does not share the rate of all reads or of all changes. */
export type QueryRate<S> = S extends 'iam' ? 'iam-simulate' : never
/** The rate of any operation. */
export type Rate = KmsRate | SharedGroup | 'uncounted'

/** An operation with its rate. */
export interface Rated {
  name: string
  rate: Rate
}

/** Requests that share a rate, and the default of that rate in requests per second. */
export interface RateGroup {
  name: string
  perSecond: number
}

/** Returns the group of a rate, or `undefined` if the group depends on the request. */
export function groupOfRate({ name, rate }: Rated): RateGroup | undefined {
  if (typeof rate === 'number') return { name, perSecond: rate }
  return isShared(rate) ? sharedGroup(rate) : undefined
}

/** Returns a group that several operations share. */
export function sharedGroup(name: SharedGroup): RateGroup {
  return { name, perSecond: SHARED[name] }
}

/** Returns the group of a request. `key`: the key that the caller may use, if there is one. */
export function groupOf(operation: Rated, input: object, key: KeyRecord | undefined): RateGroup {
  const always = groupOfRate(operation)
  if (always !== undefined) return always
  if (operation.rate === 'by data key pair') {
    return dataKeyPairGroup((input as { KeyPairSpec: DataKeyPairSpec }).KeyPairSpec)
  }
  return sharedGroup(key === undefined ? 'cryptographic-symmetric' : BY_MATERIAL[keySpec(key.spec).material.kind])
}

/** Returns the group of GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext for pairs of one spec. */
export function dataKeyPairGroup(spec: DataKeyPairSpec): RateGroup {
  return { name: `GenerateDataKeyPair/${spec}`, perSecond: DATA_KEY_PAIRS[spec] }
}

/** Returns whether a rate is that of a cryptographic operation. */
export function isCryptographic(rate: Rate): boolean {
  return rate === 'by key' || rate === 'by data key pair' || Object.hasOwn(CRYPTOGRAPHIC, rate)
}

/** Returns whether a group is one of IAM or STS. */
export function isServiceGroup({ name }: Pick<RateGroup, 'name'>): boolean {
  return Object.hasOwn(BY_SERVICE, name)
}

/** Returns all groups of the operations, as operators see them: shared groups first, then single operations by rate. */
export function rateGroups(operations: Iterable<Rated>): RateGroup[] {
  const own = [...operations].flatMap(({ name, rate }) => (typeof rate === 'number' ? [{ name, perSecond: rate }] : []))
  return [
    ...Object.keys(CRYPTOGRAPHIC).map((name) => sharedGroup(name as CryptographicGroup)),
    ...Object.keys(DATA_KEY_PAIRS).map((spec) => dataKeyPairGroup(spec as DataKeyPairSpec)),
    ...Object.keys(BY_SERVICE).map((name) => sharedGroup(name as SharedGroup)),
    ...own.toSorted((a, b) => a.perSecond - b.perSecond || (a.name < b.name ? -1 : 1)),
  ]
}

/** Returns the default rate of a group in a Region. */
export function usualRate({ name, perSecond }: RateGroup, region: string): number {
  return name === 'cryptographic-symmetric' ? (SYMMETRIC_IN[region] ?? perSecond) : perSecond
}

function isShared(rate: string): rate is SharedGroup {
  return Object.hasOwn(SHARED, rate)
}

function inRegions(perSecond: number, regions: readonly string[]): Record<string, number> {
  return Object.fromEntries(regions.map((region) => [region, perSecond]))
}
