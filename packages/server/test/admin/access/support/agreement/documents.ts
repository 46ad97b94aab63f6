/** Random policies: some statements apply and some do not, with conditions of every type. */
import { ACCOUNT, OTHER_ACCOUNT, REGION } from '../../../../support/service.ts'
import type { Dice } from './dice.ts'

export const SERVICE = 'backup.example.internal'
/** The user who sets up everything. */
export const ADMINISTRATOR = 'administrator'
export const ISSUER = 'issuer.example.com'

const USERS = `arn:aws:iam::${ACCOUNT}:user/*`
const VIA = `backup.${REGION}.example.internal`

/** Conditions on keys that AWS has for all actions on keys; each holds in some requests and not in others. */
const CONDITIONS: readonly Record<string, object>[] = [
  { StringEquals: { 'aws:ResourceTag/team': 'blue' } },
  { StringNotEquals: { 'aws:ResourceTag/team': 'red' } },
  { StringEquals: { 'aws:PrincipalTag/team': 'blue' } },
  { StringNotEqualsIfExists: { 'aws:PrincipalTag/team': 'red' } },
  { StringEquals: { 'aws:PrincipalTag/team': '${aws:ResourceTag/team}' } },
  { StringEquals: { 'aws:RequestTag/team': 'blue' } },
  { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['team'] } },
  { StringEquals: { 'kms:EncryptionContext:tenant': 'acme' } },
  { StringNotEquals: { 'kms:EncryptionContext:tenant': 'acme' } },
  { 'ForAnyValue:StringEquals': { 'kms:EncryptionContextKeys': ['tenant', 'level'] } },
  { NumericLessThan: { 'kms:EncryptionContext:level': '5' } },
  { NumericNotEquals: { 'kms:EncryptionContext:level': '5' } },
  { StringEquals: { 'kms:CallerAccount': ACCOUNT } },
  { StringEquals: { 'kms:CallerAccount': OTHER_ACCOUNT } },
  { 'ForAnyValue:StringLike': { 'kms:ResourceAliases': 'alias/app*' } },
  { StringLike: { 'kms:RequestAlias': 'alias/app*' } },
  { Null: { 'kms:RequestAlias': 'true' } },
  { Null: { 'kms:ViaService': 'true' } },
  { StringEquals: { 'kms:ViaService': VIA } },
  { Bool: { 'kms:GrantIsForAWSResource': 'false' } },
  { StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT' } },
  { StringEquals: { 'kms:KeyOrigin': 'EXTERNAL' } },
  { Null: { 'kms:EncryptionAlgorithm': 'true' } },
  { StringEquals: { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' } },
  { StringEquals: { 'kms:GrantConstraintType': 'EncryptionContextSubset' } },
  { NumericLessThan: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '30' } },
  { Null: { 'kms:RotationPeriodInDays': 'true' } },
  { ArnLike: { 'aws:PrincipalArn': USERS } },
  { ArnNotLike: { 'aws:PrincipalArn': USERS } },
  { StringEquals: { 'aws:PrincipalType': 'AssumedRole' } },
  { StringLike: { 'aws:username': 'ann*' } },
  { StringLike: { 'aws:userid': 'AROA*:*' } },
  { Null: { 'aws:TokenIssueTime': 'false' } },
  { BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' } },
  { StringEquals: { 'aws:SourceIdentity': 'ann' } },
  { Null: { 'aws:FederatedProvider': 'true' } },
  { StringEquals: { [`${ISSUER}:sub`]: 'subject' } },
  { IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } },
  { DateLessThan: { 'aws:CurrentTime': '2026-01-02T00:00:00Z' } },
  { StringEquals: { 'aws:RequestedRegion': REGION } },
  { Bool: { 'aws:PrincipalIsAWSService': 'true' } },
  { 'ForAnyValue:StringEquals': { 'aws:PrincipalServiceNamesList': SERVICE } },
  { Bool: { 'aws:ViaAWSService': 'false' } },
  // Accepted by IAM although meaningless: no values, no keys, and a key that no request has.
  { StringNotEquals: { 'kms:KeySpec': [] } },
  { 'ForAllValues:StringLike': {} },
  { StringNotEquals: { username: 'ann' } },
]

/** KMS accepts no others in a key policy ("ABAC for AWS KMS": IAM policies only). */
const OF_KEY_POLICIES = CONDITIONS.filter(
  (condition) => !/"(aws:ResourceTag\/|kms:ResourceAliases)[^"]*":/.test(JSON.stringify(condition)),
)

/** Conditions on properties of credentials, which few requests have. */
const OF_CALLERS = CONDITIONS.filter((condition) =>
  /Principal(Tag|Type)|userid|Token|Source|Fed|:sub/.test(JSON.stringify(condition)),
)

/** The condition keys of all of them, for simulations. */
export const CONDITION_KEYS: readonly string[] = [
  ...new Set(CONDITIONS.flatMap((condition) => Object.values(condition).flatMap((keys) => Object.keys(keys)))),
]

const ACTIONS = [
  '*:*',
  'kms:*',
  'kms:*',
  'kms:*',
  ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey', 'kms:ReEncrypt*'],
  ['kms:CreateKey', 'kms:TagResource', 'kms:RetireGrant', 'kms:RevokeGrant', 'kms:ListGrants'],
  ['kms:ScheduleKeyDeletion', 'kms:EnableKeyRotation', 'kms:GetKeyPolicy', 'kms:UntagResource', 'kms:UpdateAlias'],
  'kms:Decrypt',
  'kms:TagResource',
]

function conditionOf(dice: Dice, among: readonly Record<string, object>[]): { Condition?: Record<string, object> } {
  if (dice.once(2)) return {}
  const [first, second] = [dice.of(dice.once(3) ? OF_CALLERS : among), dice.of(among)]
  return { Condition: dice.once(4) ? { ...second, ...first } : first }
}

interface Statement {
  Effect: string
  Condition?: Record<string, object>
}

function statement(dice: Dice, denies: number, among = CONDITIONS): Statement {
  const effect = { Effect: dice.once(denies) ? 'Deny' : 'Allow', Action: dice.of(ACTIONS), Resource: '*' }
  return { ...effect, ...conditionOf(dice, among) }
}

/** A policy of an identity, a boundary or a session. */
export function identityPolicy(dice: Dice): string {
  return document(dice.some(1, 2, () => statement(dice, 8)))
}

/**
 * A key policy; `names` are the principals that it can name. Every second one delegates everything to the account
 * first. The administrator can do everything, so that situations can continue.
 */
export function keyPolicy(dice: Dice, names: readonly (object | string)[]): string {
  const everything = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }
  const administrator = { ...everything, Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/${ADMINISTRATOR}` } }
  const delegate = { ...everything, Principal: { AWS: ACCOUNT } }
  const others = dice.some(1, 3, () => sparing({ ...statement(dice, 7, OF_KEY_POLICIES), Principal: dice.of(names) }))
  return document([administrator, ...(dice.once(3) ? [] : [delegate]), ...others])
}

/** The statement; a Deny exempts the administrator. */
function sparing(one: Statement & { Principal: object | string }): object {
  if (one.Effect === 'Allow') return one
  const { Condition = {} } = one
  return {
    ...one,
    Condition: { ...Condition, StringNotEquals: { ...Condition['StringNotEquals'], 'aws:username': ADMINISTRATOR } },
  }
}

function document(Statement: object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement })
}
