import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IamOperationName } from '@keyhold/protocol'
import { TestService } from '../../../support/service.ts'
import { addRole, allow, document, documentOfSize, listOf } from '../support.ts'

let service: TestService
before(async () => {
  service = await TestService.open('on')
  await service.iam('CreateUser', { UserName: 'Holder' })
  await service.iam('CreateGroup', { GroupName: 'Holder' })
  await addRole(service, 'Holder')
})
after(() => service[Symbol.asyncDispose]())

const TEXT = `{
  "Version": "2012-10-17",
  "Statement": [ { "Sid": "Sid1", "Effect": "Allow", "Action": "kms:*", "Resource": "*" } ]
}`
const SIGNS = document(allow('kms:*', '*', { StringLike: { 'aws:PrincipalTag/a': "(it's) * 100% é!" } }))

for (const [kind, title, most] of [
  ['user', 'User', 2048],
  ['role', 'Role', 10_240],
  ['group', 'Group', 5120],
] as const) {
  const named = { [`${title}Name`]: 'holder' }
  const operation = (verb: 'Put' | 'Get' | 'Delete'): IamOperationName => `${verb}${title}Policy`
  const names = async (): Promise<string[]> => {
    const { PolicyNames } = await service.iam<{ PolicyNames: unknown }>(`List${title}Policies`, named)
    return listOf<string>(PolicyNames)
  }

  describe(`inline policies of a ${kind}`, () => {
    test('are put, read as submitted, listed by name, replaced and deleted', async () => {
      await service.iam(operation('Put'), { ...named, PolicyName: 'second', PolicyDocument: TEXT })
      await service.iam(operation('Put'), { ...named, PolicyName: 'first', PolicyDocument: TEXT })
      assert.deepEqual(await names(), ['first', 'second'])
      await service.iam(operation('Put'), { ...named, PolicyName: 'second', PolicyDocument: SIGNS })
      const { PolicyDocument = '', ...rest } = await service.iam(operation('Get'), { ...named, PolicyName: 'second' })
      assert.deepEqual(rest, { ...named, PolicyName: 'second' })
      assert.match(PolicyDocument, /^[A-Za-z0-9%._~-]+$/)
      assert.equal(decodeURIComponent(PolicyDocument), SIGNS)
      for (const PolicyName of ['first', 'second']) await service.iam(operation('Delete'), { ...named, PolicyName })
      assert.deepEqual(await names(), [])
    })

    test('that are not there are said to be missing, also under names that objects have', async () => {
      for (const PolicyName of ['none', '__proto__', 'constructor']) {
        for (const verb of ['Get', 'Delete'] as const) {
          assert.equal(
            await service.iamFault(operation(verb), { ...named, PolicyName }),
            `NoSuchEntity: The ${kind} policy with name ${PolicyName} cannot be found.`,
          )
        }
      }
      await service.iam(operation('Put'), { ...named, PolicyName: '__proto__', PolicyDocument: TEXT })
      assert.deepEqual(await names(), ['__proto__'])
      await service.iam(operation('Delete'), { ...named, PolicyName: '__proto__' })
      const absent = { [`${title}Name`]: 'absent', PolicyName: 'p' }
      assert.equal(
        await service.iamFault(operation('Get'), absent),
        `NoSuchEntity: The ${kind} with name absent cannot be found.`,
      )
    })

    test('are refused where they are malformed, with the place of the fault', async () => {
      const put = (PolicyDocument: string): Promise<string> =>
        service.iamFault(operation('Put'), { ...named, PolicyName: 'bad', PolicyDocument })
      assert.match(await put('{'), /^MalformedPolicyDocument: .*\(at \$\)$/)
      assert.match(
        await put(document({ Effect: 'Allow', Action: 'kms:*' })),
        /^MalformedPolicyDocument: .*\(at \$\.Statement\[0\]/,
      )
      const principal = { ...allow('kms:*'), Principal: '*' }
      assert.match(await put(document(principal)), /^MalformedPolicyDocument: .*\(at \$\.Statement\[0\]\.Principal\)$/)
    })

    test(`have ${most} characters together at most, white space not counted`, async () => {
      const put = (PolicyName: string, size: number): object => ({
        ...named,
        PolicyName,
        PolicyDocument: documentOfSize(size),
      })
      await service.iam(operation('Put'), put('half', most / 2))
      await service.iam(operation('Put'), put('rest', most / 2))
      const refused = `LimitExceeded: Maximum policy size of ${most} bytes exceeded for ${kind} Holder`
      assert.equal(await service.iamFault(operation('Put'), put('rest', most / 2 + 1)), refused)
      assert.equal(await service.iamFault(operation('Put'), put('third', 200)), refused)
      await service.iam(operation('Delete'), { ...named, PolicyName: 'half' })
      await service.iam(operation('Put'), put('rest', most))
      await service.iam(operation('Delete'), { ...named, PolicyName: 'rest' })
    })
  })
}

test('names of inline policies come a page at a time', async () => {
  const UserName = 'holder'
  for (const PolicyName of ['c', 'a', 'b'])
    await service.iam('PutUserPolicy', { UserName, PolicyName, PolicyDocument: TEXT })
  const { PolicyNames, Marker, IsTruncated } = await service.iam<Record<string, unknown>>('ListUserPolicies', {
    UserName,
    MaxItems: 2,
  })
  assert.deepEqual([PolicyNames, IsTruncated], [['a', 'b'], 'true'])
  const rest = await service.iam('ListUserPolicies', { UserName, Marker })
  assert.deepEqual(rest, { PolicyNames: ['c'], IsTruncated: 'false' })
})
