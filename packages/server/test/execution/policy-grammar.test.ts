/** The cells of the grammar, put by every operation that takes a policy. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { PolicyKind } from '../../src/domain/policy/language/contract.ts'
import type { Caller } from '../../src/identity/accounts/caller.ts'
import { type Cell, nameOf, textOf } from '../domain/policy/language/cells/cell.ts'
import { CELLS } from '../domain/policy/language/cells/cells.ts'
import { STATEMENTS } from '../domain/policy/language/support.ts'
import { addRole, addUser } from '../support/identities.ts'
import { ACCOUNT, type Reply, rootOf, TestService } from '../support/service.ts'
import { policyOf, trust } from '../support/sessions.ts'

/** Sends a document where it is put, and returns the answer. */
type Put = (service: TestService, text: string, caller: Caller) => Promise<Reply>

let made = 0
/** A key that still has its first policy, by which the root may put another. */
let unchanged: string | undefined
const ROLE = { RoleArn: 'arn:aws:iam::111122223333:role/host', RoleSessionName: 'session' }

/** Every operation, by the kind of document that it takes and the code of its refusals. */
const PUTS: readonly { operation: string; kind: PolicyKind; code: RegExp; put: Put }[] = [
  {
    operation: 'CreatePolicy, whose policies are boundaries too',
    kind: 'identity',
    code: /^(MalformedPolicyDocument|ValidationError)$/,
    put: (service, PolicyDocument) =>
      service.query('iam', 'CreatePolicy', { PolicyName: `p${(made += 1)}`, PolicyDocument }),
  },
  {
    operation: 'PutRolePolicy',
    kind: 'identity',
    code: /^(MalformedPolicyDocument|ValidationError)$/,
    put: (service, PolicyDocument) =>
      service.query('iam', 'PutRolePolicy', { RoleName: 'host', PolicyName: 'p', PolicyDocument }),
  },
  {
    operation: 'AssumeRole with a session policy',
    kind: 'identity',
    code: /^(MalformedPolicyDocument|ValidationError)$/,
    put: (service, Policy, caller) => service.query('sts', 'AssumeRole', { ...ROLE, Policy }, caller),
  },
  {
    operation: 'CreateRole',
    kind: 'trust',
    code: /^(MalformedPolicyDocument|ValidationError)$/,
    put: (service, AssumeRolePolicyDocument) =>
      service.query('iam', 'CreateRole', { RoleName: `r${(made += 1)}`, AssumeRolePolicyDocument }),
  },
  {
    operation: 'UpdateAssumeRolePolicy',
    kind: 'trust',
    code: /^(MalformedPolicyDocument|ValidationError)$/,
    put: (service, PolicyDocument) =>
      service.query('iam', 'UpdateAssumeRolePolicy', { RoleName: 'trusted', PolicyDocument }),
  },
  {
    operation: 'PutKeyPolicy',
    kind: 'key',
    code: /^(MalformedPolicyDocumentException|ValidationException)$/,
    put: async (service, Policy) => {
      const KeyId = (unchanged ??= (await service.createKey({}, rootOf(ACCOUNT))).arn)
      const input = { KeyId, Policy, BypassPolicyLockoutSafetyCheck: true }
      const reply = await service.call('PutKeyPolicy', input, rootOf(ACCOUNT))
      if (reply.status === 200) unchanged = undefined
      return reply
    },
  },
]

let service: TestService
let ann: Caller
before(async () => {
  service = await TestService.open('on')
  ann = await service.user('ann')
  const AssumeRolePolicyDocument = trust({ AWS: ann.principal.arn }, 'sts:AssumeRole')
  await service.iam('CreateRole', { RoleName: 'host', AssumeRolePolicyDocument })
  await service.iam('CreateRole', { RoleName: 'trusted', AssumeRolePolicyDocument })
})
after(() => service[Symbol.asyncDispose]())

/** Of the documents that are accepted, one in so many: what is accepted is one function, and `npm run conformance` puts all. */
const ACCEPTED_SAMPLE = 5

/** Managed policies have a rule of their own about the version, which other tests look at. */
const isOf = (cell: Cell, kind: PolicyKind, operation: string): boolean =>
  cell.kinds.includes(kind) && !(operation.startsWith('CreatePolicy') && textOf(cell, kind).includes('2008-10-17'))

for (const { operation, kind, code, put } of PUTS) {
  test(`${operation} takes the documents that AWS takes, and no others`, async () => {
    for (const [index, cell] of CELLS.entries()) {
      if (!isOf(cell, kind, operation) || (cell.refused === undefined && index % ACCEPTED_SAMPLE > 0)) continue
      const { status, body } = await put(service, textOf(cell, kind), ann)
      const name = `${nameOf(cell, kind)}: ${JSON.stringify(body)}`
      assert.equal(status, cell.refused === undefined ? 200 : 400, name)
      if (cell.refused === undefined) continue
      assert.match(String(body['Code'] ?? body['__type']), code, name)
      assert.match(String(body['Message'] ?? body['message']), cell.refused, name)
    }
  })
}

test('CreateKey and ReplicateKey refuse what PutKeyPolicy refuses', async () => {
  const [cell] = CELLS.filter(({ kinds, read }) => kinds.includes('key') && read === true)
  assert.ok(cell)
  const Policy = textOf(cell, 'key')
  const { arn: KeyId } = await service.createKey({ MultiRegion: true }, rootOf(ACCOUNT))
  const replica = { KeyId, ReplicaRegion: 'eu-west-1', Policy }
  for (const reply of [
    await service.call('CreateKey', { Policy, BypassPolicyLockoutSafetyCheck: true }, rootOf(ACCOUNT)),
    await service.call('ReplicateKey', { ...replica, BypassPolicyLockoutSafetyCheck: true }, rootOf(ACCOUNT)),
  ])
    assert.equal(reply.body['__type'], 'MalformedPolicyDocumentException', JSON.stringify(reply))
})

test('a simulation takes what is read, as AWS’s simulator takes more than IAM does', async () => {
  for (const cell of CELLS) {
    if (!cell.kinds.includes('identity') || ['mark', 'control', 'wide'].includes(cell.element)) continue
    const input = { PolicyInputList: [textOf(cell, 'identity')], ActionNames: ['kms:Decrypt'] }
    const { status, body } = await service.query('iam', 'SimulateCustomPolicy', input)
    const isRead = cell.refused === undefined || cell.read === true
    assert.equal(status, isRead ? 200 : 400, `${nameOf(cell, 'identity')}: ${JSON.stringify(body)}`)
  }
})

test('the error about * in a trust policy is IAM’s', async () => {
  const AssumeRolePolicyDocument = policyOf('sts:AssumeRole').replace('"Resource":"*"', '"Principal":"*"')
  const refused = await service.iamFault('CreateRole', { RoleName: 'open', AssumeRolePolicyDocument })
  assert.equal(refused, 'MalformedPolicyDocument: Invalid principal in policy: "STAR":"*"')
})

test('policies that name an account which does not exist are refused in the words of IAM and KMS', async () => {
  for (const AWS of ['999988887777', 'arn:aws:iam::999988887777:root', 'arn:aws:iam::999988887777:user/x']) {
    const AssumeRolePolicyDocument = trust({ AWS }, 'sts:AssumeRole')
    const refused = await service.iamFault('CreateRole', { RoleName: 'far', AssumeRolePolicyDocument })
    assert.equal(refused, `MalformedPolicyDocument: Invalid principal in policy: "AWS":"${AWS}"`)
    const Policy = policyOf('kms:*').replace('"Resource"', `"Principal":{"AWS":"${AWS}"},"Resource"`)
    const { body } = await service.call('CreateKey', { Policy }, rootOf(ACCOUNT))
    assert.equal(body['message'], 'Policy contains a statement with one or more invalid principals.')
  }
})

test('a statement that can no longer be put decides on, and so do the others of its document', async () => {
  const stale = { Effect: 'Allow', Action: 'iam:*', Resource: 'arn:aws:iam:eu-west-1:111122223333:user/*' }
  const listing = { Effect: 'Allow', Action: 'kms:ListKeys', Resource: '*' }
  const bob = await addUser(service, 'bob', { inline: { stale, listing } })
  await service.ok('ListKeys', {}, bob)
  const everybody = { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' }
  const text = JSON.stringify({ Version: '2012-10-17', Statement: [everybody, { ...everybody, Sid: 'a' }] })
  await addRole(service, 'open', { trust: { text } })
  const assume = { RoleArn: 'arn:aws:iam::111122223333:role/open', RoleSessionName: 'session' }
  await service.sts('AssumeRole', assume, bob)
})

test('white space is not counted in the size of a policy, and other spaces are', async () => {
  const sized = (space: string): string => {
    const Condition = { StringNotEquals: { 'aws:userid': space.repeat(6000) } }
    return JSON.stringify({ Version: '2012-10-17', Statement: { ...STATEMENTS.identity, Condition } }, undefined, 1)
  }
  await service.iam('CreatePolicy', { PolicyName: 'spaces', PolicyDocument: sized(' ') })
  const PolicyDocument = sized('\u00a0').replace('Decrypt', `Decrypt${'x'.repeat(200)}`)
  assert.match(await service.iamFault('CreatePolicy', { PolicyName: 'others', PolicyDocument }), /^LimitExceeded/)
})
