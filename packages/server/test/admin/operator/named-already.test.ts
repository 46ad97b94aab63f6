/** What policies and grants of earlier builds give to an account or a service that is created later. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAccount } from '../../../src/admin/operator/accounts.ts'
import type { OperatorContext } from '../../../src/admin/operator/deed.ts'
import { OperatorError } from '../../../src/admin/operator/operator-error.ts'
import { createService } from '../../../src/admin/operator/services.ts'
import { addUser, ALLOW_KMS, policyOf, rootOf } from '../../support/identities.ts'
import { ACCOUNT, TestService } from '../../support/service.ts'

const LATER = '777788889999'
const LATER_ROOT = `arn:aws:iam::${LATER}:root`
const SERVICE = 'logs.eu-central-1.amazonaws.com'
const ALL = { Effect: 'Allow', Action: 'kms:*', Resource: '*' }

/** A folder with a key policy, a trust policy and a grant that name an account and a service that do not exist. */
async function openNaming(): Promise<{ service: TestService; context: OperatorContext; key: string }> {
  const service = await TestService.open('on', { accounts: [ACCOUNT] })
  const key = await service.namingStrangers(async () => {
    const own = { ...ALL, Principal: { AWS: ACCOUNT } }
    const Policy = policyOf(own, { ...ALL, Principal: { AWS: [LATER, LATER_ROOT] } })
    const { arn } = await service.createKey({ Policy }, rootOf())
    const trusting = (Principal: object): string => policyOf({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' })
    const makeRole = (RoleName: string, Principal: object): Promise<unknown> =>
      service.iam('CreateRole', { RoleName, AssumeRolePolicyDocument: trusting(Principal) })
    await makeRole('partner', { AWS: LATER })
    await makeRole('logs', { Service: SERVICE })
    const grant = { KeyId: arn, Operations: ['Decrypt', 'RetireGrant'] }
    await service.ok('CreateGrant', { ...grant, GranteePrincipal: ACCOUNT, RetiringPrincipal: LATER }, rootOf())
    await service.createKey({ Policy: policyOf(own, { ...ALL, Principal: { Service: [SERVICE] } }) }, rootOf())
    return arn
  })
  return { service, key, context: { ...service.engine, operator: { user: 'tester' } } }
}

test('an account that policies and grants name is not created, and they are listed', async () => {
  const { service, context, key } = await openNaming()
  await using _ = service
  const wanted = { accountId: LATER, userName: 'chief' }
  await assert.rejects(createAccount(wanted, context), (error) => {
    assert(error instanceof OperatorError)
    const [grant, ...policies] = error.lines.toSorted()
    assert.deepEqual(policies, [
      `key policy on ${key}: ${LATER}`,
      `key policy on ${key}: ${LATER_ROOT}`,
      `trust policy on arn:aws:iam::${ACCOUNT}:role/partner: ${LATER}`,
    ])
    assert.match(grant ?? '', new RegExp(`^grant [0-9a-f]{64} on ${key}: ${LATER_ROOT}$`))
    return true
  })
  assert.equal(await service.services.store.get('account', LATER), undefined)
})

test('an operator who accepts the access creates the account anyway, and that is recorded', async () => {
  const { service, context, key } = await openNaming()
  await using _ = service
  const wanted = { accountId: LATER, userName: 'chief', acceptAccess: true }
  const made = await createAccount(wanted, context)
  made.secretAccessKey.wipe()
  assert.deepEqual(made.namedAlready.count, 4)
  const dan = await addUser(service, 'dan', { accountId: LATER, inline: { all: ALLOW_KMS } })
  await service.ok('DescribeKey', { KeyId: key }, dan)
})

test('an account that nothing names is created, and policies that are put later cannot have named it before', async () => {
  await using service = await TestService.open('on', { accounts: [ACCOUNT] })
  const context = { ...service.engine, operator: { user: 'tester' } }
  const Policy = policyOf({ ...ALL, Principal: { AWS: [ACCOUNT, LATER] } })
  const refusal =
    /^MalformedPolicyDocumentException: Policy contains a statement with one or more invalid principals\.$/
  assert.match(await service.fault('CreateKey', { Policy }, rootOf()), refusal)
  const made = await createAccount({ accountId: LATER, userName: 'chief' }, context)
  made.secretAccessKey.wipe()
  assert.deepEqual(made.namedAlready, { documents: [], count: 0 })
  await service.createKey({ Policy }, rootOf())
})

const BY_CONDITION: readonly [operator: string, key: string, value: string][] = [
  ['StringEquals', 'kms:CallerAccount', LATER],
  ['ForAnyValue:StringEqualsIgnoreCaseIfExists', 'aws:PrincipalAccount', LATER],
  ['StringLike', 'aws:PrincipalAccount', '7777*'],
  ['ArnLike', 'aws:PrincipalArn', `arn:aws:iam::${LATER}:user/*`],
  ['NumericGreaterThan', 'kms:CallerAccount', '700000000000'],
]

test('an account that only a condition names is not created either, unless the condition excludes it', async () => {
  await using service = await TestService.open('on', { accounts: [ACCOUNT] })
  const context = { ...service.engine, operator: { user: 'tester' } }
  const own = { ...ALL, Principal: { AWS: ACCOUNT } }
  const keys: string[] = []
  for (const [operator, key, value] of BY_CONDITION) {
    const everybody = { ...ALL, Principal: { AWS: '*' }, Condition: { [operator]: { [key]: [value] } } }
    const { arn } = await service.createKey({ Policy: policyOf(own, everybody) }, rootOf())
    keys.push(`key policy on ${arn}: ${key} ${value}`)
  }
  for (const [Effect, operator, value] of [
    ['Deny', 'StringEquals', LATER],
    ['Allow', 'StringNotEquals', LATER],
    ['Allow', 'StringEquals', '777788880000'],
    ['Allow', 'StringLike', '*'],
  ] as const) {
    const Condition = { [operator]: { 'kms:CallerAccount': value } }
    const statement = { ...ALL, Action: 'kms:Encrypt', Effect, Principal: '*', Condition }
    await service.createKey({ Policy: policyOf(own, statement) }, rootOf())
  }
  await assert.rejects(createAccount({ accountId: LATER, userName: 'chief' }, context), (error) => {
    assert(error instanceof OperatorError)
    assert.deepEqual(error.lines.toSorted(), keys.toSorted())
    return true
  })
})

test('an AWS service matches nothing until it is registered, which lists what names it', async () => {
  const { service, context } = await openNaming()
  await using _ = service
  const made = await createService(SERVICE, context)
  made.secretAccessKey.wipe()
  const named = made.namedAlready.documents.map(({ kind, principal }) => `${kind} ${principal}`)
  assert.deepEqual(named, [`key policy ${SERVICE}`, `trust policy ${SERVICE}`])
})

test('a service that only a condition names is listed too, by its name and by its name with a Region', async () => {
  await using service = await TestService.open('on', { accounts: [ACCOUNT] })
  const context = { ...service.engine, operator: { user: 'tester' } }
  const own = { ...ALL, Principal: { AWS: ACCOUNT } }
  const through = (operator: string, key: string, value: string): Promise<unknown> => {
    const Condition = { [operator]: { [key]: value } }
    return service.createKey({ Policy: policyOf(own, { ...ALL, Principal: '*', Condition }) }, rootOf())
  }
  await through('StringEquals', 'kms:ViaService', 'backup.eu-central-1.example.internal')
  await through('StringLike', 'kms:ViaService', 'backup.*.example.internal')
  await through('ForAnyValue:StringEquals', 'aws:CalledVia', 'backup.example.internal')
  await through('StringEquals', 'kms:ViaService', 'backup.eu-central-1.example.com')
  await through('StringNotEquals', 'kms:ViaService', 'backup.eu-central-1.example.internal')
  const made = await createService('backup.example.internal', context)
  made.secretAccessKey.wipe()
  assert.deepEqual(made.namedAlready.documents.map(({ principal }) => principal).toSorted(), [
    'aws:CalledVia backup.example.internal',
    'kms:ViaService backup.*.example.internal',
    'kms:ViaService backup.eu-central-1.example.internal',
  ])
})
