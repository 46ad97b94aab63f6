import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ACCOUNT, OTHER_ACCOUNT, rootOf, TestService } from '../../support/service.ts'
import { allow, arnOf, document } from './support.ts'

/**
 * IAM User Guide, "IAM and AWS STS quotas", name requirements: names of users, groups, roles and policies "must be unique
 * within the account" and "are not distinguished by case", whatever their paths are.
 */

const trust = document({ Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' })

type Create = 'CreateUser' | 'CreateGroup' | 'CreateRole' | 'CreatePolicy'

/** How an entity of each kind is made, and what is said of a name that is taken. */
const KINDS: readonly [create: Create, member: string, rest: object, taken: string][] = [
  ['CreateUser', 'UserName', {}, 'User with name NAME already exists.'],
  ['CreateGroup', 'GroupName', {}, 'Group with name NAME already exists.'],
  ['CreateRole', 'RoleName', { AssumeRolePolicyDocument: trust }, 'Role with name NAME already exists.'],
  [
    'CreatePolicy',
    'PolicyName',
    { PolicyDocument: document(allow('kms:Encrypt')) },
    'A policy called NAME already exists. Duplicate names are not allowed.',
  ],
]

let service: TestService
before(async () => {
  service = await TestService.open('on')
  for (const [create, member, rest] of KINDS) await service.iam(create, { [member]: 'Case-1', ...rest })
})
after(() => service[Symbol.asyncDispose]())

for (const [create, member, rest, taken] of KINDS) {
  describe(`${create} with a name that is taken`, () => {
    for (const name of ['Case-1', 'case-1', 'CASE-1', 'cASE-1']) {
      for (const Path of [undefined, '/elsewhere/']) {
        test(`is refused: ${name}${Path === undefined ? '' : ', below another path'}`, async () => {
          const fault = await service.iamFault(create, { ...rest, [member]: name, ...(Path && { Path }) })
          assert.equal(fault, `EntityAlreadyExists: ${taken.replace('NAME', name)}`)
        })
      }
    }

    test('in another account, or but for one character, is not', async () => {
      await service.iam(create, { ...rest, [member]: 'case-1' }, rootOf(OTHER_ACCOUNT))
      await service.iam(create, { ...rest, [member]: 'case-2' })
    })
  })
}

for (const [kind, operation] of [
  ['User', 'UpdateUser'],
  ['Group', 'UpdateGroup'],
] as const) {
  test(`${operation} gives no name that another has but for case, and may change the case of its own`, async () => {
    const rename = (from: string, to: string) => ({ [`${kind}Name`]: from, [`New${kind}Name`]: to })
    await service.iam(`Create${kind}`, { [`${kind}Name`]: 'own' })
    assert.equal(
      await service.iamFault(operation, rename('own', 'CASE-1')),
      `EntityAlreadyExists: ${kind} with name CASE-1 already exists.`,
    )
    await service.iam(operation, rename('own', 'OWN'))
    const shown = await service.iam<Record<string, { Arn: string }>>(`Get${kind}`, { [`${kind}Name`]: 'oWn' })
    assert.equal(shown[kind]?.Arn, arnOf(`${kind.toLowerCase()}/OWN`))
  })
}

test('a name is free again, in each case, once what had it is gone', async () => {
  await service.iam('CreateUser', { UserName: 'Gone' })
  await service.iam('DeleteUser', { UserName: 'GONE' })
  await service.iam('CreateUser', { UserName: 'gone' })
})

test('a document does not name a principal by a name that differs in case', async () => {
  const Principal = { AWS: arnOf('user/CASE-1') }
  const AssumeRolePolicyDocument = document({ Effect: 'Allow', Principal, Action: 'sts:AssumeRole' })
  assert.match(
    await service.iamFault('CreateRole', { RoleName: 'trusting', AssumeRolePolicyDocument }),
    /^MalformedPolicyDocument: Invalid principal in policy/,
  )
})
