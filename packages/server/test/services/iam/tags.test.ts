import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { IamOperationName } from '@keyhold/protocol'
import { TestService } from '../../support/service.ts'
import { addPolicy, addRole, arnOf, listOf } from './support.ts'

let service: TestService
before(async () => {
  service = await TestService.open('on')
  await service.iam('CreateUser', { UserName: 'tagged' })
  await addRole(service, 'tagged')
  await addPolicy(service, 'tagged')
  await service.iam('CreateInstanceProfile', { InstanceProfileName: 'tagged' })
  await service.iam('CreateOpenIDConnectProvider', { Url: 'https://tagged.example' })
})
after(() => service[Symbol.asyncDispose]())

for (const [kind, named, missing] of [
  ['User', { UserName: 'tagged' }, { UserName: 'absent' }],
  ['Role', { RoleName: 'tagged' }, { RoleName: 'absent' }],
  ['Policy', { PolicyArn: arnOf('policy/tagged') }, { PolicyArn: arnOf('policy/absent') }],
  ['InstanceProfile', { InstanceProfileName: 'tagged' }, { InstanceProfileName: 'absent' }],
  [
    'OpenIDConnectProvider',
    { OpenIDConnectProviderArn: arnOf('oidc-provider/tagged.example') },
    { OpenIDConnectProviderArn: arnOf('oidc-provider/absent.example') },
  ],
] as const) {
  const isExact = kind !== 'User' && kind !== 'Role'
  const [tag, untag, list]: IamOperationName[] = [`Tag${kind}`, `Untag${kind}`, `List${kind}Tags`]
  assert(tag && untag && list)
  const set = (...tags: [string, string][]): Promise<unknown> =>
    service.iam(tag, { ...named, Tags: tags.map(([Key, Value]) => ({ Key, Value })) })
  const tags = async (input: object = {}): Promise<[string?, string?][]> => {
    const { Tags } = await service.iam<{ Tags: unknown }>(list, { ...named, ...input })
    return listOf(Tags).map(({ Key, Value }) => [Key, Value])
  }

  describe(`tags of a ${kind.toLowerCase()}`, () => {
    test('are set, replaced, listed by key a page at a time, and removed', async () => {
      await set(['b', '1'], ['a', ''])
      await set(['b', '2'], ['c', 'é'])
      assert.deepEqual(await tags(), [
        ['a', ''],
        ['b', '2'],
        ['c', 'é'],
      ])
      const { Marker } = await service.iam(list, { ...named, MaxItems: 2 })
      assert.deepEqual(await tags({ Marker }), [['c', 'é']])
      await service.iam(untag, { ...named, TagKeys: ['a', 'b', 'c', 'never there'] })
      assert.deepEqual(await tags(), [])
    })

    test(isExact ? 'have keys whose case matters' : 'have keys whose case does not matter', async () => {
      await set(['Dept', 'x'])
      await set(['dept', 'y'])
      assert.deepEqual(
        await tags(),
        isExact
          ? [
              ['Dept', 'x'],
              ['dept', 'y'],
            ]
          : [['dept', 'y']],
      )
      await service.iam(untag, { ...named, TagKeys: ['DEPT'] })
      assert.equal((await tags()).length, isExact ? 2 : 0)
      await service.iam(untag, { ...named, TagKeys: ['Dept', 'dept'].slice(isExact ? 0 : 1) })
    })

    test('are fifty at most, and none of the reserved', async () => {
      await set(...Array.from({ length: 50 }, (_, index): [string, string] => [`k${index}`, '']))
      await set(['k7', 'replaced'])
      const over = { ...named, Tags: [{ Key: 'one more', Value: '' }] }
      assert.equal(
        await service.iamFault(tag, over),
        'LimitExceeded: The number of tags has reached the maximum limit.',
      )
      const duplicate = {
        ...named,
        Tags: [
          { Key: 'a', Value: '' },
          { Key: 'a', Value: '' },
        ],
      }
      assert.match(await service.iamFault(tag, duplicate), /^InvalidInput: Duplicate tag keys found/)
      const reserved = { ...named, Tags: [{ Key: 'aws:x', Value: '' }] }
      assert.match(await service.iamFault(tag, reserved), /^InvalidInput: .*reserved/)
      assert.match(await service.iamFault(untag, { ...named, TagKeys: ['AWS:x'] }), /^InvalidInput: .*reserved/)
      assert.match(await service.iamFault(list, missing), /^NoSuchEntity: /)
    })
  })
}

test('the longest keys come a page at a time too', async () => {
  await service.iam('CreateUser', { UserName: 'long' })
  const Tags = ['1', '2'].map((last) => ({ Key: `${'\u{10480}'.repeat(127)}${last}`, Value: last }))
  await service.iam('TagUser', { UserName: 'long', Tags })
  const { Marker = '' } = await service.iam('ListUserTags', { UserName: 'long', MaxItems: 1 })
  assert(Marker.length <= 320)
  const rest = await service.iam<{ Tags: unknown }>('ListUserTags', { UserName: 'long', Marker })
  assert.deepEqual(
    listOf(rest.Tags).map(({ Value }) => Value),
    ['2'],
  )
})
