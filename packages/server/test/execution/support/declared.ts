/** The values that AWS documents for the members of declarations. */
import { isDeepStrictEqual } from 'node:util'
import { KMS, SERVICES } from '@keyhold/protocol'
import type { AnyOperation } from '../../../src/execution/define.ts'
import type { SessionKind } from '../../../src/execution/session-fault.ts'
import { grantRuleOf } from '../../domain/policy/support/grantable.ts'
import { KMS_ACTIONS } from './service-authorization.ts'

/** AWS KMS Developer Guide, "Request quotas"; what that page does not name has the rate of its nearest relative. */
const RATES: readonly (readonly [AnyOperation['rate'], string])[] = [
  [0.25, 'GetParametersForImport'],
  [
    5,
    `CancelKeyDeletion ConnectCustomKeyStore CreateAlias CreateCustomKeyStore CreateKey DeleteCustomKeyStore
    DescribeCustomKeyStores DisableKey DisableKeyRotation DisconnectCustomKeyStore EnableKey ReplicateKey RotateKeyOnDemand
    UntagResource UpdateAlias UpdateCustomKeyStore UpdateKeyDescription UpdatePrimaryRegion`,
  ],
  [10, 'TagResource'],
  [15, 'DeleteAlias DeleteImportedKeyMaterial EnableKeyRotation ImportKeyMaterial PutKeyPolicy ScheduleKeyDeletion'],
  [50, 'CreateGrant RetireGrant RevokeGrant'],
  [100, 'GetKeyLastUsage ListGrants ListKeyPolicies ListKeyRotations ListRetirableGrants'],
  [500, 'ListAliases ListKeys'],
  [1000, 'GetKeyPolicy GetKeyRotationStatus'],
  [2000, 'DescribeKey GetPublicKey ListResourceTags'],
  ['cryptographic-symmetric', 'GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateMac GenerateRandom VerifyMac'],
  ['cryptographic-ecc', 'DeriveSharedSecret'],
  ['cryptographic-ml-kem', 'Decapsulate Encapsulate'],
  ['by key', 'Decrypt Encrypt ReEncrypt Sign Verify'],
  ['by data key pair', 'GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext'],
]

/** AWS KMS API Reference, "Cross-account use" on each operation's page; all that is not here says "No". */
const CROSS_ACCOUNT: readonly (readonly [AnyOperation['crossAccount'], string])[] = [
  [
    'yes',
    `CreateGrant Decapsulate Decrypt DeriveSharedSecret DescribeKey Encapsulate Encrypt GenerateDataKey GenerateDataKeyPair
    GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GetKeyRotationStatus GetPublicKey
    ListGrants ReEncrypt RetireGrant RevokeGrant Sign Verify VerifyMac`,
  ],
  ['own principals', 'ListRetirableGrants'],
  ['not applicable', 'GenerateRandom'],
]

/** Operations that are refused for AWS managed keys. Grants on these keys are allowed. Source: AWS KMS Developer Guide, "AWS managed keys". */
const CHANGES_KEYS = words(`CancelKeyDeletion CreateAlias CreateKey DeleteAlias DeleteImportedKeyMaterial DisableKey
  DisableKeyRotation EnableKey EnableKeyRotation ImportKeyMaterial PutKeyPolicy ReplicateKey RotateKeyOnDemand
  ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription UpdatePrimaryRegion`)

/** IAM User Guide, "Compare AWS STS credentials"; of forwarded sessions, docs/decisions/0019. */
const SESSIONS: Readonly<Record<string, readonly SessionKind[]>> = {
  'sts:AssumeRole': ['of a user', 'of a role', 'of a service'],
  'sts:GetCallerIdentity': ['of a user', 'of a federated user', 'of a role', 'of a service', 'forwarded'],
  'sts:GetFederationToken': [],
  'sts:GetSessionToken': [],
  kms: ['of a user', 'of a federated user', 'of a role', 'of a service', 'forwarded'],
  sts: ['of a role', 'of a service'],
  iam: ['of a role', 'of a service'],
  keyhold: ['of a user', 'of a federated user', 'of a role', 'of a service'],
}

const POLICIES = ['Policy', 'PolicyDocument', 'AssumeRolePolicyDocument']
const READING =
  /^(Decapsulate|Decode|Decrypt|Derive|Describe|Encapsulate|Encrypt|Generate|Get|List|ReEncrypt|Sign$|Simulate|Verify)/

interface Facts extends Pick<
  AnyOperation,
  'crossAccount' | 'rate' | 'sessions' | 'tracksUse' | 'changesKey' | 'about' | 'documents'
> {
  readOnly: boolean
  /** For each action on a key: the grant rule and the key usage. */
  grantable: unknown
  /** The grant tokens of a request that has every member. */
  grantTokens: unknown
}

/** Returns the declared values. */
function declared(operation: AnyOperation): Facts {
  const { crossAccount, rate, sessions, tracksUse, changesKey, about, documents, readOnly, grantable } = operation
  const rules = targets(operation).map(({ action, usage }) => [action, grantable && { usage, ...grantable }])
  const grantTokens = takenTokens(operation)
  return {
    crossAccount,
    rate,
    sessions,
    tracksUse,
    changesKey,
    about,
    documents,
    readOnly,
    grantable: rules,
    grantTokens,
  }
}

/** Returns the grant tokens of a request with every member that the operation has. */
export function takenTokens(operation: AnyOperation): string[] {
  const members = inputMembers(operation)
  const tokens = Object.entries({ GrantTokens: ['of a list'], GrantToken: 'alone' })
  return [...operation.grantTokens(Object.fromEntries(tokens.filter(([name]) => members.includes(name))))]
}

/** Returns the documented values. */
function stated(operation: AnyOperation): Facts {
  const { service, name } = operation
  const members = inputMembers(operation)
  const refused = /CustomKeyStores?$/.test(name)
  return {
    crossAccount: service === 'kms' ? (rowOf(CROSS_ACCOUNT, name) ?? 'no') : service === 'sts' ? 'yes' : 'no',
    rate: rateOf(operation),
    sessions: SESSIONS[`${service}:${name}`] ?? SESSIONS[service] ?? [],
    tracksUse: service === 'kms' && KMS.enumerations['KeyLastUsageTrackingOperation']!.includes(name),
    changesKey: service === 'kms' && CHANGES_KEYS.includes(name),
    about: service === 'kms' ? aboutOf(operation) : 'no key',
    documents: members.filter((member) => POLICIES.includes(member)),
    readOnly: refused || isReading(operation),
    grantable: targets(operation).map(({ action, usage }) => {
      const rule = grantRuleOf(`${service}:${action}`)
      return [action, rule && { usage, ...rule }]
    }),
    grantTokens: members.includes('GrantTokens') ? ['of a list'] : members.includes('GrantToken') ? ['alone'] : [],
  }
}

/** Returns the members of a declaration whose values differ from those that AWS documents. */
export function problemsOf(operation: AnyOperation): string[] {
  const [said, wanted] = [declared(operation), stated(operation)]
  return Object.keys(wanted).filter(
    (member) => !isDeepStrictEqual(said[member as keyof Facts], wanted[member as keyof Facts]),
  )
}

function targets({ name, keys }: AnyOperation): { action: string; usage: string | undefined }[] {
  return Object.values(keys).map(({ action = name, usage }) => ({ action, usage }))
}

function inputMembers({ service, name }: AnyOperation): string[] {
  const { operations, structures } = SERVICES[service].model
  return (structures[operations[name]?.input ?? ''] ?? []).map((member) => member.name)
}

function rateOf({ service, name, readOnly }: AnyOperation): AnyOperation['rate'] {
  if (service === 'kms') return rowOf(RATES, name) ?? 'uncounted'
  if (service !== 'iam') return service === 'sts' ? 'sts' : 'uncounted'
  if (/^(Simulate|GetContextKeys)/.test(name)) return 'iam-simulate'
  return readOnly ? 'iam-read' : 'iam-change'
}

/** Derived from the Service Authorization Reference: whether the action has condition keys of callers, and of grants. */
function aboutOf({ name, keys }: AnyOperation): AnyOperation['about'] {
  const [action = name] = targets({ name, keys } as AnyOperation).map((target) => target.action)
  const listed = KMS_ACTIONS[action]
  if (listed?.length === 0) return 'no key'
  return listed?.includes('kms:GrantIsForAWSResource') ? 'grants' : 'keys'
}

/** Operations that create sessions store nothing. */
function isReading({ service, name }: AnyOperation): boolean {
  const makesSessions = { sts: /^Assume/, keyhold: /Session$/, kms: undefined, iam: undefined }[service]
  return makesSessions?.test(name) === true || READING.test(name)
}

function rowOf<T>(rows: readonly (readonly [T, string])[], name: string): T | undefined {
  return rows.find(([, names]) => words(names).includes(name))?.[0]
}

function words(text: string): string[] {
  return text.split(/\s+/)
}
