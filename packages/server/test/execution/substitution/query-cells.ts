/** Substitutes for every kind of reference of IAM and STS. */
import type { Caller } from '../../../src/identity/accounts/caller.ts'
import { ACCOUNT, OTHER_ACCOUNT } from '../../support/service.ts'
import { trust } from '../../support/sessions.ts'
import type { Cell, Outcome } from './cell.ts'
import type { Kind, ReferenceMember } from './members.ts'
import type { Things } from './query-inputs.ts'
import type { SubstitutionWorld } from './world.ts'

export interface QueryScene {
  world: SubstitutionWorld
  operation: string
  member: ReferenceMember
  base: Record<string, unknown>
  caller: Caller
  /** Things of the other account, deleted ones, and the caller's own that the request is not about. */
  foreign: { otherAccounts: Things; deleted: Things; second: Things }
}

type Row = readonly [substitute: string, value: unknown, outcome: Outcome]
type Maker = (scene: QueryScene) => Promise<Row[]> | Row[]

const ABSENT = /^NoSuchEntity/
const DENIED = /^AccessDenied/

const MAKERS: Readonly<Partial<Record<Kind, Maker>>> = {
  user: named('UserName'),
  role: named('RoleName'),
  group: named('GroupName'),
  profile: named('InstanceProfileName'),
  policyArn: policyArns,
  inlinePolicy: ({ foreign: { second, deleted } }) => [
    ['of another user, role and group', second.PolicyName, ABSENT],
    ['of deleted ones', deleted.PolicyName, ABSENT],
  ],
  version: () => [['a version that only another policy has, or that is deleted', 'v9', ABSENT]],
  provider: ({ operation, base, foreign: { otherAccounts, deleted } }) => [
    ["another account's", otherAccounts.OpenIDConnectProviderArn, ABSENT],
    [
      "another account's, under the caller's",
      ownAccount(otherAccounts.OpenIDConnectProviderArn),
      absentProvider(operation),
    ],
    ['a deleted one', deleted.OpenIDConnectProviderArn, absentProvider(operation)],
    ["the caller's own, in another partition", inOtherPartition(base['OpenIDConnectProviderArn']), OTHER_PARTITION],
  ],
  accessKey: accessKeys,
  policySource: ({ base, foreign: { otherAccounts, deleted } }) => [
    ["another account's", otherAccounts.PolicySourceArn, ABSENT],
    ["another account's, under the caller's", ownAccount(otherAccounts.PolicySourceArn), ABSENT],
    ['a deleted one', deleted.PolicySourceArn, ABSENT],
    ["the caller's own, in another partition", inOtherPartition(base['PolicySourceArn']), OTHER_PARTITION],
  ],
  roleArn: roleArns,
  marker: markers,
  policy: documents,
  webIdentity: () => [
    [
      'a token of another issuer, audience or time',
      'a.b.c',
      {
        reason:
          'Who calls is what authentication made of the token before (test/authentication/web-identity); the operation ' +
          'does not read it again.',
      },
    ],
  ],
}

export async function queryCells(scene: QueryScene): Promise<Cell[]> {
  const make = MAKERS[scene.member.kind]
  if (make === undefined) throw new Error(`nothing is put in place of ${scene.member.path} in IAM and STS`)
  const rows = await make(scene)
  return rows.map(([substitute, value, outcome]) => ({
    substitute,
    request: { ...scene.base, ...newName(scene), ...placed(scene.member.path, value) },
    caller: scene.caller,
    outcome,
  }))
}

/** What is made is called otherwise each time. */
function newName({ world, operation }: QueryScene): Record<string, string> {
  const [, kind] = /^Create(User|Role|Group|InstanceProfile)$/.exec(operation) ?? []
  return kind === undefined ? {} : { [`${kind}Name`]: world.fresh('made') }
}

/** `PolicyArns.arn` is a list of structures. */
function placed(path: string, value: unknown): Record<string, unknown> {
  const [list = path, member] = path.split('.')
  return member === undefined ? { [path]: value } : { [list]: [{ [member]: value }] }
}

function named(member: 'UserName' | 'RoleName' | 'GroupName' | 'InstanceProfileName'): Maker {
  return ({ foreign: { otherAccounts, deleted } }) => [
    ["another account's", otherAccounts[member], ABSENT],
    ['a deleted one', deleted[member], ABSENT],
  ]
}

function absentProvider(operation: string): Outcome {
  const reason =
    'It does not fail "if you call the operation for a provider that does not exist" (IAM API Reference, ' +
    'DeleteOpenIDConnectProvider).'
  return operation === 'DeleteOpenIDConnectProvider' ? { reason } : ABSENT
}

function policyArns({ foreign: { otherAccounts, deleted, second }, operation }: QueryScene): Row[] {
  const outcome = /^(AssumeRole|GetFederationToken)/.test(operation)
    ? /^ValidationError: The policy .* does not exist in the account/
    : ABSENT
  return [
    ["another account's", otherAccounts.PolicyArn, outcome],
    ["another account's, under the caller's", ownAccount(otherAccounts.PolicyArn), outcome],
    ['a deleted one', deleted.PolicyArn, outcome],
    ["the caller's own, in another partition", inOtherPartition(second.PolicyArn), outcome],
    ["AWS's, in another partition", 'arn:aws-cn:iam::aws:policy/AdministratorAccess', outcome],
  ]
}

function accessKeys({ operation, foreign: { otherAccounts, deleted, second } }: QueryScene): Row[] {
  if (operation === 'GetAccessKeyInfo') {
    const reason =
      'It says whose account a key is of, "including keys of others" (STS API Reference, GetAccessKeyInfo).'
    return [
      ["another account's", otherAccounts.AccessKeyId, { reason }],
      ['a deleted one', deleted.AccessKeyId, /^ValidationError: There is no account/],
      ["another user's", second.AccessKeyId, { reason }],
    ]
  }
  const reason =
    "Who may ask about a user may ask about that user's keys (IAM API Reference, GetAccessKeyLastUsed; Service Authorization " +
    'Reference: the resource is the user).'
  return [
    ["another account's", otherAccounts.AccessKeyId, ABSENT],
    ['a deleted one', deleted.AccessKeyId, ABSENT],
    ["another user's", second.AccessKeyId, operation === 'GetAccessKeyLastUsed' ? { reason } : ABSENT],
  ]
}

function roleArns({ base, foreign: { otherAccounts, deleted, second }, operation }: QueryScene): Row[] {
  const reason = "The role's trust policy leaves the decision to the account, whose administrator asks (AssumeRole)."
  return [
    ["another account's, which trusts that account alone", otherAccounts.RoleArn, DENIED],
    ["another account's, under the caller's", ownAccount(otherAccounts.RoleArn), DENIED],
    ['a deleted one', deleted.RoleArn, DENIED],
    ["the caller's own, in another partition", inOtherPartition(base['RoleArn']), OTHER_PARTITION],
    ["the caller's second", second.RoleArn, operation === 'AssumeRole' ? { reason } : DENIED],
  ]
}

async function markers({ world, operation, caller }: QueryScene): Promise<Row[]> {
  const marker = async (name: 'ListUsers' | 'ListGroups', by: Caller): Promise<unknown> =>
    (await world.service.iam(name, { MaxItems: 1 }, by))['Marker']
  const other = operation === 'ListUsers' ? 'ListGroups' : 'ListUsers'
  const outcome = /^ValidationError|^InvalidInput/
  return [
    ["another account's", await marker('ListUsers', world.partner), outcome],
    ["another list's", await marker(other, caller), outcome],
  ]
}

function documents({ world }: QueryScene): Row[] {
  const absent = `arn:aws:iam::${ACCOUNT}:user/absent`
  const own = world.admin.principal.arn
  const reason =
    'A trust policy may name principals of other accounts (IAM User Guide, "Cross-account resource access").'
  return [
    ['one that names an absent principal', trust({ AWS: absent }), /^MalformedPolicyDocument/],
    ['one that names an absent account', trust({ AWS: '777788889999' }), /^MalformedPolicyDocument/],
    ['one that names an account in another partition', trust({ AWS: `arn:aws-cn:iam::${ACCOUNT}:root` }), MALFORMED],
    ['one that names a user in another partition', trust({ AWS: inOtherPartition(own) }), MALFORMED],
    ['one that names a provider in another partition', webTrust(`arn:aws-cn:iam::${ACCOUNT}`), MALFORMED],
    ['one that names a provider of an absent account', webTrust('arn:aws:iam::777788889999'), MALFORMED],
    ['one that names an absent service', trust({ Service: 'absent.example.internal' }), MALFORMED],
    ['one that names a service of AWS', trust({ Service: 'ec2.amazonaws.com' }), { reason }],
    ["one that names another account's", trust({ AWS: world.partner.principal.arn }), { reason }],
  ]
}

const MALFORMED = /^MalformedPolicyDocument: Invalid principal in policy: /
/** An ARN of another partition is no ARN that this server could have, or the name of nothing. */
const OTHER_PARTITION = /^(NoSuchEntity|InvalidInput|ValidationError|AccessDenied)/

function inOtherPartition(arn: unknown): string {
  return String(arn).replace('arn:aws:', 'arn:aws-cn:')
}

function webTrust(account: string): string {
  const provider = `${account}:oidc-provider/issuer.example.com`
  const condition = { StringEquals: { 'issuer.example.com:sub': 'subject' } }
  return trust({ Federated: provider }, 'sts:AssumeRoleWithWebIdentity', condition)
}

function ownAccount(arn: string): string {
  return arn.replace(OTHER_ACCOUNT, ACCOUNT)
}
