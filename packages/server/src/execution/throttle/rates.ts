import type { DataKeyPairSpec } from '@keyhold/protocol'

/**
 * Requests per second of one account in one Region, which operations share by the sort of key that they use. Source: AWS KMS
 * Developer Guide, "Request quotas". What that page does not name (ML-KEM, and data key pairs of Ed25519 and ML-KEM) has the
 * rate of its nearest relative.
 */
const CRYPTOGRAPHIC = {
  'cryptographic-symmetric': 10_000,
  'cryptographic-rsa': 1000,
  'cryptographic-ecc': 1000,
  'cryptographic-ml-dsa': 1000,
  'cryptographic-ml-kem': 1000,
} as const
export type CryptographicGroup = keyof typeof CRYPTOGRAPHIC

/** Regions in which the symmetric rate is higher. */
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

/** Making a pair takes longer by far than using one. */
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
 * Requests per second of one account. IAM's rates are not published, and IAM is not for requests on the way of anything;
 * of STS, IAM User Guide, "IAM and STS quotas", says 600 in each Region.
 */
const BY_SERVICE = { 'iam-change': 50, 'iam-read': 200, 'iam-simulate': 5, sts: 600 } as const

const SHARED = { ...CRYPTOGRAPHIC, ...BY_SERVICE }
type SharedGroup = keyof typeof SHARED

/** What an operation of KMS declares: its own requests per second, the group that it shares, or what tells which group it is. */
export type KmsRate = number | CryptographicGroup | 'by key' | 'by data key pair'
/** What an operation of IAM declares whose group is not that of all that reads, or of all that changes. */
export type QueryRate<S> = S extends 'iam' ? 'iam-simulate' : never
/** Against which rate an operation's requests count. */
export type Rate = KmsRate | SharedGroup | 'uncounted'

/** An operation, as far as its rate goes. */
export interface Rated {
  name: string
  rate: Rate
}

/** Requests that are counted together, and how many of them are admitted in a second where no Region has another rate. */
export interface RateGroup {
  name: string
  perSecond: number
}

/** The group of a rate that does not depend on a request; `undefined` for one that does. */
export function groupOfRate({ name, rate }: Rated): RateGroup | undefined {
  if (typeof rate === 'number') return { name, perSecond: rate }
  return isShared(rate) ? sharedGroup(rate) : undefined
}

/** A group that several operations share. */
export function sharedGroup(name: SharedGroup): RateGroup {
  return { name, perSecond: SHARED[name] }
}

/** The group of GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext for pairs of one spec. */
export function dataKeyPairGroup(spec: DataKeyPairSpec): RateGroup {
  return { name: `GenerateDataKeyPair/${spec}`, perSecond: DATA_KEY_PAIRS[spec] }
}

/** Whether the rate is one of cryptography, which is shared by the sort of key or of pair. */
export function isCryptographic(rate: Rate): boolean {
  return rate === 'by key' || rate === 'by data key pair' || Object.hasOwn(CRYPTOGRAPHIC, rate)
}

/** Whether a group is one of requests to IAM or STS. */
export function isServiceGroup({ name }: Pick<RateGroup, 'name'>): boolean {
  return Object.hasOwn(BY_SERVICE, name)
}

/** Every group that the operations count against, in the order in which an operator reads them: their own ones last, the slowest first. */
export function rateGroups(operations: Iterable<Rated>): RateGroup[] {
  const own = [...operations].flatMap(({ name, rate }) => (typeof rate === 'number' ? [{ name, perSecond: rate }] : []))
  return [
    ...Object.keys(CRYPTOGRAPHIC).map((name) => sharedGroup(name as CryptographicGroup)),
    ...Object.keys(DATA_KEY_PAIRS).map((spec) => dataKeyPairGroup(spec as DataKeyPairSpec)),
    ...Object.keys(BY_SERVICE).map((name) => sharedGroup(name as SharedGroup)),
    ...own.toSorted((a, b) => a.perSecond - b.perSecond || (a.name < b.name ? -1 : 1)),
  ]
}

/** The rate of a group in a Region, unless somebody changed it. */
export function usualRate({ name, perSecond }: RateGroup, region: string): number {
  return name === 'cryptographic-symmetric' ? (SYMMETRIC_IN[region] ?? perSecond) : perSecond
}

function isShared(rate: string): rate is SharedGroup {
  return Object.hasOwn(SHARED, rate)
}

function inRegions(perSecond: number, regions: readonly string[]): Record<string, number> {
  return Object.fromEntries(regions.map((region) => [region, perSecond]))
}
