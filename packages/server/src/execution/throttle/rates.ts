import type { DataKeyPairSpec, OperationName } from '@keyhold/protocol'

/**
 * Requests per second of one account in one Region. Source: AWS KMS Developer Guide, "Request quotas". What that page does
 * not name (GetKeyLastUsage, ML-KEM, data key pairs of Ed25519 and ML-KEM) has the rate of its nearest relative.
 */
const BY_OPERATION: readonly (readonly [perSecond: number, operations: readonly OperationName[]])[] = [
  [0.25, ['GetParametersForImport']],
  [
    5,
    [
      'CancelKeyDeletion',
      'ConnectCustomKeyStore',
      'CreateAlias',
      'CreateCustomKeyStore',
      'CreateKey',
      'DeleteCustomKeyStore',
      'DescribeCustomKeyStores',
      'DisableKey',
      'DisableKeyRotation',
      'DisconnectCustomKeyStore',
      'EnableKey',
      'ReplicateKey',
      'RotateKeyOnDemand',
      'UntagResource',
      'UpdateAlias',
      'UpdateCustomKeyStore',
      'UpdateKeyDescription',
      'UpdatePrimaryRegion',
    ],
  ],
  [10, ['TagResource']],
  [
    15,
    [
      'DeleteAlias',
      'DeleteImportedKeyMaterial',
      'EnableKeyRotation',
      'ImportKeyMaterial',
      'PutKeyPolicy',
      'ScheduleKeyDeletion',
    ],
  ],
  [50, ['CreateGrant', 'RetireGrant', 'RevokeGrant']],
  [100, ['GetKeyLastUsage', 'ListGrants', 'ListKeyPolicies', 'ListKeyRotations', 'ListRetirableGrants']],
  [500, ['ListAliases', 'ListKeys']],
  [1000, ['GetKeyPolicy', 'GetKeyRotationStatus']],
  [2000, ['DescribeKey', 'GetPublicKey', 'ListResourceTags']],
]

/** Cryptographic operations share a rate by the sort of key that they use. */
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

/** The group of GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext for pairs of one spec. */
export function dataKeyPairGroup(spec: DataKeyPairSpec): string {
  return `GenerateDataKeyPair/${spec}`
}

/**
 * Requests per second of one account. IAM's rates are not published, and IAM is not for requests on the way of anything;
 * of STS, IAM User Guide, "IAM and STS quotas", says 600 in each Region.
 */
const BY_SERVICE = { 'iam-change': 50, 'iam-read': 200, 'iam-simulate': 5, sts: 600 } as const
export type ServiceGroup = keyof typeof BY_SERVICE

/** Whether a group is one of requests to IAM or STS. */
export function isServiceGroup(group: string): group is ServiceGroup {
  return Object.hasOwn(BY_SERVICE, group)
}

/** Every group, in the order in which an operator reads them, with its rate where no Region has another. */
export const REQUEST_RATES: ReadonlyMap<string, number> = new Map([
  ...Object.entries(CRYPTOGRAPHIC),
  ...Object.entries(DATA_KEY_PAIRS).map(
    ([spec, perSecond]) => [dataKeyPairGroup(spec as DataKeyPairSpec), perSecond] as const,
  ),
  ...Object.entries(BY_SERVICE),
  ...BY_OPERATION.flatMap(([perSecond, operations]) => operations.map((name) => [name, perSecond] as const)),
])

/** The rate of a group in a Region, unless somebody changed it. */
export function usualRate(group: string, region: string): number {
  const perSecond = REQUEST_RATES.get(group)
  if (perSecond === undefined) throw new TypeError(`there is no rate for ${group}`)
  return group === 'cryptographic-symmetric' ? (SYMMETRIC_IN[region] ?? perSecond) : perSecond
}

function inRegions(perSecond: number, regions: readonly string[]): Record<string, number> {
  return Object.fromEntries(regions.map((region) => [region, perSecond]))
}
