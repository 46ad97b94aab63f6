import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IamOperationName } from '@keyhold/protocol'
import { OTHER_ACCOUNT, rootOf, TestService } from '../../../support/service.ts'
import { addPolicy, addRole, ADMINISTRATOR, allow, arnOf, document, listOf, READ_ONLY } from '../support.ts'

let service: TestService
before(async () => {
  service = await TestService.open('on')
  await service.iam('CreateUser', { UserName: 'Holder' })
  await service.iam('CreateGroup', { GroupName: 'Holder' })
  await addRole(service, 'Holder')
})
after(() => service[Symbol.asyncDispose]())

const counts = async (PolicyArn: string): Promise<[string?, string?]> => {
  const { Policy } = await service.iam<{ Policy: Record<string, string> }>('GetPolicy', { PolicyArn })
  return [Policy['AttachmentCount'], Policy['PermissionsBoundaryUsageCount']]
}

for (const [kind, title] of [
  ['user', 'User'],
  ['role', 'Role'],
  ['group', 'Group'],
] as const) {
  const named = { [`${title}Name`]: 'holder' }
  const attach: IamOperationName = `Attach${title}Policy`
  const detach: IamOperationName = `Detach${title}Policy`
  const attached = async (input: object = {}): Promise<[string?, string?][]> => {
    const answer = await service.iam<{ AttachedPolicies: unknown }>(`ListAttached${title}Policies`, {
      ...named,
      ...input,
    })
    return listOf(answer.AttachedPolicies).map(({ PolicyName, PolicyArn }) => [PolicyName, PolicyArn])
  }

  describe(`managed policies of a ${kind}`, () => {
    test("are attached, AWS's and the account's own, listed by name, counted and detached", async () => {
      const own = await addPolicy(service, `${kind}-policy`)
      for (const PolicyArn of [own, ADMINISTRATOR]) await service.iam(attach, { ...named, PolicyArn })
      await service.iam(attach, { ...named, PolicyArn: own })
      assert.deepEqual(await attached(), [
        ['AdministratorAccess', ADMINISTRATOR],
        [`${kind}-policy`, own],
      ])
      for (const PolicyArn of [own, ADMINISTRATOR]) {
        assert.deepEqual(await counts(PolicyArn), ['1', '0'])
        await service.iam(detach, { ...named, PolicyArn })
        assert.deepEqual(await counts(PolicyArn), ['0', '0'])
        assert.equal(
          await service.iamFault(detach, { ...named, PolicyArn }),
          `NoSuchEntity: Policy ${PolicyArn} was not found.`,
        )
      }
      assert.deepEqual(await attached(), [])
    })

    test('are not attached where they do not exist, are of another account, or are no policies', async () => {
      const { Policy } = await service.iam<{ Policy: { Arn: string } }>(
        'CreatePolicy',
        { PolicyName: `foreign-${kind}`, PolicyDocument: document(allow('*')) },
        rootOf(OTHER_ACCOUNT),
      )
      for (const PolicyArn of [arnOf('policy/none'), 'arn:aws:iam::aws:policy/Nope', Policy.Arn]) {
        assert.equal(
          await service.iamFault(attach, { ...named, PolicyArn }),
          `NoSuchEntity: Policy ${PolicyArn} does not exist or is not attachable.`,
        )
      }
      const PolicyArn = 'this is no ARN at all'
      assert.equal(
        await service.iamFault(attach, { ...named, PolicyArn }),
        `InvalidInput: ARN ${PolicyArn} is not valid.`,
      )
      assert.equal(
        await service.iamFault(attach, { [`${title}Name`]: 'absent', PolicyArn: READ_ONLY }),
        `NoSuchEntity: The ${kind} with name absent cannot be found.`,
      )
    })

    test('are ten at most, and come a page at a time and below a path', async () => {
      const arns: string[] = []
      for (let index = 0; index <= 10; index++) {
        const Path = index < 3 ? '/few/' : '/many/'
        const input = {
          PolicyName: `${kind}-${String(index).padStart(2, '0')}`,
          Path,
          PolicyDocument: document(allow('*')),
        }
        const { Policy } = await service.iam<{ Policy: { Arn: string } }>('CreatePolicy', input)
        arns.push(Policy.Arn)
      }
      const [last, ...ten] = arns.toReversed()
      for (const PolicyArn of ten) await service.iam(attach, { ...named, PolicyArn })
      assert.equal(
        await service.iamFault(attach, { ...named, PolicyArn: last }),
        `LimitExceeded: Cannot exceed quota for PoliciesPer${title}: 10`,
      )
      assert.deepEqual(await counts(last ?? ''), ['0', '0'])
      const few = await attached({ PathPrefix: '/few/' })
      assert.deepEqual(
        few.map(([, arn]) => arn),
        arns.slice(0, 3),
      )
      const { Marker } = await service.iam(`ListAttached${title}Policies`, { ...named, MaxItems: 9 })
      assert.deepEqual(
        (await attached({ Marker })).map(([, arn]) => arn),
        arns.slice(9, 10),
      )
      for (const PolicyArn of ten) await service.iam(detach, { ...named, PolicyArn })
    })
  })
}

for (const [kind, title] of [
  ['user', 'User'],
  ['role', 'Role'],
] as const) {
  const named = { [`${title}Name`]: 'holder' }
  const put: IamOperationName = `Put${title}PermissionsBoundary`
  const remove: IamOperationName = `Delete${title}PermissionsBoundary`

  test(`the boundary of a ${kind} is set, replaced, counted and taken away`, async () => {
    const [first, second] = [await addPolicy(service, `${kind}-first`), await addPolicy(service, `${kind}-second`)]
    await service.iam(put, { ...named, PermissionsBoundary: first })
    await service.iam(put, { ...named, PermissionsBoundary: first })
    assert.deepEqual(await counts(first), ['0', '1'])
    await service.iam(put, { ...named, PermissionsBoundary: second })
    assert.deepEqual(
      [await counts(first), await counts(second)],
      [
        ['0', '0'],
        ['0', '1'],
      ],
    )
    assert.match(await service.iamFault('DeletePolicy', { PolicyArn: second }), /^DeleteConflict/)
    await service.iam(put, { ...named, PermissionsBoundary: ADMINISTRATOR })
    assert.deepEqual(await counts(ADMINISTRATOR), ['0', '1'])
    await service.iam(remove, named)
    assert.deepEqual(
      [await counts(ADMINISTRATOR), await counts(second)],
      [
        ['0', '0'],
        ['0', '0'],
      ],
    )
    assert.match(await service.iamFault(remove, named), /^NoSuchEntity/)
    const none = arnOf('policy/none')
    assert.equal(
      await service.iamFault(put, { ...named, PermissionsBoundary: none }),
      `NoSuchEntity: Scope ARN: ${none} does not exist or is not attachable.`,
    )
  })
}

test('a policy that is a boundary and attached at once is both', async () => {
  const PolicyArn = await addPolicy(service, 'both')
  await service.iam('AttachUserPolicy', { UserName: 'holder', PolicyArn })
  await service.iam('PutUserPermissionsBoundary', { UserName: 'holder', PermissionsBoundary: PolicyArn })
  assert.deepEqual(await counts(PolicyArn), ['1', '1'])
  await service.iam('DetachUserPolicy', { UserName: 'holder', PolicyArn })
  assert.deepEqual(await counts(PolicyArn), ['0', '1'])
  await service.iam('DeleteUserPermissionsBoundary', { UserName: 'holder' })
  await service.iam('DeletePolicy', { PolicyArn })
})
