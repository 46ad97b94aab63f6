/** Substitutes for every kind of reference of KMS. */
import assert from 'node:assert/strict'
import type { OperationName } from '@keyhold/protocol'
import { ACCOUNT, OTHER_ACCOUNT, REGION } from '../../support/service.ts'
import { addService, policyOf } from '../../support/identities.ts'
import { REPLICA_REGION } from '../support/prepared.ts'
import { type Cell, type KmsScene, type Outcome, replaced } from './cell.ts'
import { grantCells, grantIdCells, grantTokenCells } from './grant-cells.ts'
import { importTokenCells, materialIdCells, wrappedMaterialCells } from './import-cells.ts'
import { ciphertextCells, encapsulationCells, madeCells, peerKeyCells } from './made-cells.ts'
import type { Kind } from './members.ts'
import type { ForeignKey } from './world.ts'

type Maker = (scene: KmsScene) => Promise<Cell[]> | Cell[]

const DENIED = /^AccessDeniedException/
const NOT_FOUND = /^NotFoundException/

/** Operations that take aliases where they take keys. Source: AWS KMS API Reference, KeyId of each operation. */
const BY_ALIAS = `Decapsulate Decrypt DeriveSharedSecret DescribeKey Encapsulate Encrypt GenerateDataKey
  GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext GenerateDataKeyWithoutPlaintext GenerateMac GetPublicKey
  ReEncrypt Sign Verify VerifyMac`.split(/\s+/)

const MAKERS: Readonly<Partial<Record<Kind, Maker>>> = {
  key: keyCells,
  alias: aliasCells,
  grantTokens: grantCells,
  grantToken: grantTokenCells,
  grantId: grantIdCells,
  principal: principalCells,
  service: serviceCells,
  ciphertext: ciphertextCells,
  encapsulation: encapsulationCells,
  signature: (scene) => madeCells(scene, 'Signature', /^KMSInvalidSignatureException/),
  mac: (scene) => madeCells(scene, 'Mac', /^KMSInvalidMacException/),
  peerKey: peerKeyCells,
  importToken: importTokenCells,
  wrappedMaterial: wrappedMaterialCells,
  materialId: materialIdCells,
  marker: markerCells,
  policy: policyCells,
  region: regionCells,
}

export async function kmsCells(scene: KmsScene): Promise<Cell[]> {
  const make = MAKERS[scene.member.kind]
  if (make === undefined) throw new Error(`nothing is put in place of ${scene.member.path} in KMS`)
  return make(scene)
}

async function keyCells(scene: KmsScene): Promise<Cell[]> {
  const { world, operation, base, member } = scene
  const { othersKey, otherAccounts, otherRegions, deleted, second } = await world.foreignKeys(operation)
  const byAlias = BY_ALIAS.includes(operation)
  const own = (id: string): string => `arn:aws:kms:${REGION}:${ACCOUNT}:key/${id}`
  const aliasOf = ({ arn, alias }: ForeignKey): string => arn.replace(/key\/.*/, alias)
  const byArn = operation === 'RetireGrant'
  const forAlias = byAlias ? DENIED : member.path === 'TargetKeyId' ? NO_ALIAS : NO_ALIAS_ARN
  const rows: [string, string, Outcome][] = [
    ["another principal's, by id", othersKey.keyId, DENIED],
    ["another principal's, by ARN", othersKey.arn, DENIED],
    ["another account's, by id", otherAccounts.keyId, NOT_FOUND],
    ["another account's, by ARN", otherAccounts.arn, DENIED],
    ["another account's, under the caller's account", own(otherAccounts.keyId), NOT_FOUND],
    ["the caller's own, under another account", base.arn.replace(ACCOUNT, OTHER_ACCOUNT), DENIED],
    ["another Region's, by id", otherRegions.keyId, NOT_FOUND],
    ["another Region's, by ARN", otherRegions.arn, NOT_FOUND],
    ['the same key id in another Region', base.arn.replace(REGION, REPLICA_REGION), NOT_FOUND],
    ["the caller's own, in another partition", inOtherPartition(base.arn), NOT_FOUND],
    ["the caller's own alias, in another partition", inOtherPartition(aliasOf(second)), NOT_FOUND],
    ['a deleted one, by id', deleted.keyId, NOT_FOUND],
    ['a deleted one, by ARN', deleted.arn, NOT_FOUND],
    ["the alias of another principal's", othersKey.alias, forAliasName(forAlias)],
    ["the alias ARN of another principal's", aliasOf(othersKey), forAlias],
    ["another account's alias, by name", otherAccounts.alias, forAlias === NO_ALIAS ? NO_ALIAS : NOT_FOUND],
    ["another account's alias, by ARN", aliasOf(otherAccounts), forAlias],
    ["another Region's alias, by ARN", aliasOf(otherRegions), byAlias ? NOT_FOUND : forAlias],
    ['the alias of a deleted one', deleted.alias, forAlias === NO_ALIAS ? NO_ALIAS : NOT_FOUND],
  ]
  const known = rows.filter(([, value]) => !byArn || value.startsWith('arn:'))
  return replaced(
    scene,
    known.map(([substitute, value, outcome]) => [
      substitute,
      value,
      operation === 'ListAliases' && substitute.startsWith("another principal's") ? ALIASES_ARE_LISTED : outcome,
    ]),
  )
}

/** CreateAlias and UpdateAlias. */
const NO_ALIAS = /^ValidationException: Aliases must refer to keys/
/** An operation that takes keys only. A name without `arn:` is taken for a key id that is none. */
const NO_ALIAS_ARN = /^InvalidArnException/

function forAliasName(forAliasArn: RegExp): RegExp {
  return forAliasArn === NO_ALIAS_ARN ? NOT_FOUND : forAliasArn
}

const ALIASES_ARE_LISTED: Outcome = {
  reason:
    'Who may list the aliases of the account and Region may list those of one key of it; the permission is on `*` ' +
    '(AWS KMS API Reference, ListAliases; Developer Guide, "Controlling access to aliases").',
}

async function aliasCells(scene: KmsScene): Promise<Cell[]> {
  const { world, operation } = scene
  const { othersKey, otherAccounts, otherRegions, deleted } = await world.foreignKeys(operation)
  return replaced(scene, [
    ["of another principal's key", othersKey.alias, DENIED],
    ["another account's", otherAccounts.alias, NOT_FOUND],
    ["another Region's", otherRegions.alias, NOT_FOUND],
    ['of a deleted key', deleted.alias, NOT_FOUND],
  ])
}

async function markerCells(scene: KmsScene): Promise<Cell[]> {
  const { world, operation } = scene
  const marker = async (caller = world.admin, name: OperationName = 'ListKeys', filter = {}): Promise<unknown> =>
    (await world.service.ok(name, { Limit: 1, ...filter }, caller)).NextMarker
  await world.foreignKeys('Encrypt')
  const isList = operation === 'ListKeys'
  const outcome = /^InvalidMarkerException/
  const rows: [string, unknown, Outcome][] = [
    ["another account's", await marker(world.partner), outcome],
    ["another Region's", await marker(world.adminElsewhere), outcome],
    ["another list's", await marker(world.admin, isList ? 'ListAliases' : 'ListKeys'), outcome],
  ]
  return replaced(scene, rows)
}

async function principalCells(scene: KmsScene): Promise<Cell[]> {
  const { world, operation } = scene
  const gone = world.fresh('gone')
  await world.service.iam('CreateUser', { UserName: gone })
  await world.service.iam('DeleteUser', { UserName: gone })
  const deleted = `arn:aws:iam::${ACCOUNT}:user/${gone}`
  const other = world.partner.principal.arn
  const elsewhere = inOtherPartition(world.admin.principal.arn)
  const elsewhereRoot = inOtherPartition(`arn:aws:iam::${ACCOUNT}:root`)
  if (operation === 'ListRetirableGrants') {
    const reason = 'A deleted principal may retire no grant, so none is listed (ListRetirableGrants).'
    return replaced(scene, [
      ["another account's", other, /^InvalidArnException/],
      ['a deleted one', deleted, { reason, holds: hasNoGrants }],
      ["the caller's own ARN in another partition", elsewhere, { reason, holds: hasNoGrants }],
    ])
  }
  if (operation === 'ListGrants') {
    const reason = 'It only narrows the list of grants on a key whose grants the caller may list (ListGrants).'
    return replaced(scene, [
      ["another account's", other, { reason, holds: hasNoGrants }],
      ['a deleted one', deleted, { reason, holds: hasNoGrants }],
      ["the caller's own ARN in another partition", elsewhere, { reason, holds: hasNoGrants }],
    ])
  }
  const reason =
    'A caller who may create grants on a key chooses the grantee, also one of another account (CreateGrant, GranteePrincipal).'
  return replaced(scene, [
    ["another account's", other, { reason }],
    ['a deleted one', deleted, /^InvalidArnException/],
    ['a user in another partition', elsewhere, /^InvalidArnException/],
    ['an account in another partition', elsewhereRoot, /^InvalidArnException/],
    ['an account that is not there, by its number', ABSENT_ACCOUNT, /^InvalidArnException/],
    ['an account that is not there, by its ARN', `arn:aws:iam::${ABSENT_ACCOUNT}:root`, /^InvalidArnException/],
  ])
}

function hasNoGrants({ Grants }: Record<string, unknown>): void {
  assert.deepEqual(Grants, [])
}

/** A service is its name, which has one owner for good: the operator registers it, and can only disable it. */
async function serviceCells(scene: KmsScene): Promise<Cell[]> {
  const { world, base, member, operation } = scene
  const { GranteePrincipal: _, RetiringPrincipal: __, ...input } = base.input
  const service = `${world.fresh('service')}.example.internal`
  const retired = { GranteePrincipal: OTHER_ACCOUNT, RetiringServicePrincipal: service, Operations: ['DescribeKey'] }
  const { otherAccounts, othersKey } = await world.foreignKeys(operation)
  await addService(world.service, service)
  await world.service.ok('CreateGrant', { KeyId: otherAccounts.keyId, ...retired }, world.partner)
  const cell = (substitute: string, request: object, outcome: Outcome, named = service): Cell => ({
    substitute,
    request: { ...input, ...request, [member.path]: named },
    caller: world.admin,
    outcome,
  })
  if (operation.startsWith('List')) {
    const reason = 'A service is asked about on keys of the account alone (ListRetirableGrants, "Cross-account use").'
    return [cell("one that may retire a grant on another account's key", {}, { reason, holds: hasNoGrants })]
  }
  const SourceArn = othersKey.arn
  const isGrantee = member.path === 'GranteeServicePrincipal'
  const beside = isGrantee ? { RetiringPrincipal: ACCOUNT, Constraints: { SourceArn } } : { GranteePrincipal: ACCOUNT }
  const reason = 'Who may create grants on a key chooses to which service (CreateGrant, GranteeServicePrincipal).'
  const untilThen = 'AWS has it; here it matches nothing until an operator registers it (decision 54).'
  return [
    cell('another one', beside, { reason }),
    cell('one of AWS that is not registered', beside, { reason: untilThen }, 'logs.eu-central-1.amazonaws.com'),
    cell('any other that is not registered', beside, /^InvalidArnException/, 'absent.example.internal'),
  ]
}

function policyCells(scene: KmsScene): Cell[] {
  const { world } = scene
  const allow = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }
  const naming = (name: string, type: 'AWS' | 'Service' = 'AWS'): string =>
    policyOf({ ...allow, Principal: { AWS: ACCOUNT } }, { ...allow, Principal: { [type]: name } })
  const reason =
    'A key policy may name principals of other accounts (AWS KMS Developer Guide, "Allowing users in other accounts").'
  const elsewhere = { ...scene, base: { ...scene.base, input: { ...scene.base.input, ReplicaRegion: 'eu-west-1' } } }
  return replaced(scene.operation === 'ReplicateKey' ? elsewhere : scene, [
    [
      'one that names an absent principal',
      naming(`arn:aws:iam::${ACCOUNT}:user/absent`),
      /^MalformedPolicyDocumentException/,
    ],
    ['one that names an absent account', naming(ABSENT_ACCOUNT), MALFORMED_POLICY],
    ['one that names the account in another partition', naming(`arn:aws-cn:iam::${ACCOUNT}:root`), MALFORMED_POLICY],
    [
      'one that names a user in another partition',
      naming(inOtherPartition(world.admin.principal.arn)),
      MALFORMED_POLICY,
    ],
    ['one that names an absent service', naming('absent.example.internal', 'Service'), MALFORMED_POLICY],
    ["one that names another account's", naming(world.partner.principal.arn), { reason }],
  ])
}

const MALFORMED_POLICY = /^MalformedPolicyDocumentException: Policy contains a statement with one or more invalid/
const ABSENT_ACCOUNT = '777788889999'

/** What has the name in a partition that this server is not. */
function inOtherPartition(arn: string): string {
  return arn.replace('arn:aws:', 'arn:aws-cn:')
}

function regionCells(scene: KmsScene): Cell[] {
  return replaced(scene, [
    [
      'the Region of the key itself',
      REGION,
      scene.operation === 'ReplicateKey'
        ? /^AlreadyExistsException/
        : /^(ValidationException|UnsupportedOperationException|NotFoundException)/,
    ],
    [
      'a Region without a related key',
      'ap-south-1',
      scene.operation === 'ReplicateKey'
        ? { reason: 'That is where the replica is made (ReplicateKey, ReplicaRegion).' }
        : /^NotFoundException/,
    ],
  ])
}
