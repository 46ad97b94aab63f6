import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ACCOUNT, callerOf, REGION, TestService } from '../../../support/service.ts'

let service: TestService
let keyId: string

before(async () => {
  service = await TestService.open()
  ;({ keyId } = await service.createKey())
})
after(() => service[Symbol.asyncDispose]())

interface AliasPage {
  Aliases: { AliasName: string; AliasArn: string; TargetKeyId: string; CreationDate: number; LastUpdatedDate: number }[]
  Truncated: boolean
  NextMarker?: string
}

const aliasArn = (name: string): string => `arn:aws:kms:${REGION}:${ACCOUNT}:${name}`

test('an alias names a key, moves to another and goes away, and the key stays', async () => {
  const AliasName = 'alias/life'
  const other = await service.createKey()
  await service.ok('CreateAlias', { AliasName, TargetKeyId: keyId })
  const metadata = async (): Promise<string> =>
    (await service.ok<{ KeyMetadata: { KeyId: string } }>('DescribeKey', { KeyId: AliasName })).KeyMetadata.KeyId
  assert.equal(await metadata(), keyId)
  service.clock.advance(1000)
  await service.ok('UpdateAlias', { AliasName, TargetKeyId: other.arn })
  assert.equal(await metadata(), other.keyId)
  const { Aliases } = await service.ok<AliasPage>('ListAliases', { KeyId: other.keyId })
  const [alias] = Aliases
  assert.deepEqual(alias && [alias.AliasName, alias.AliasArn, alias.TargetKeyId], [
    AliasName,
    aliasArn(AliasName),
    other.keyId,
  ])
  assert.equal((alias?.LastUpdatedDate ?? 0) - (alias?.CreationDate ?? 0), 1)
  await service.ok('DeleteAlias', { AliasName })
  assert.equal(
    await service.fault('DescribeKey', { KeyId: AliasName }),
    `NotFoundException: Alias ${aliasArn(AliasName)} is not found.`,
  )
  await service.ok('DescribeKey', { KeyId: other.keyId })
})

test('names and targets that AWS refuses are refused in its words', async () => {
  await service.ok('CreateAlias', { AliasName: 'alias/taken', TargetKeyId: keyId })
  const faults: [object, RegExp | string][] = [
    [{ AliasName: 'nope' }, /^ValidationException: Alias must start with the prefix "alias\/"\. Please see https:/],
    [{ AliasName: 'alias/aws/s3' }, 'NotAuthorizedException'],
    [
      { AliasName: 'alias/taken' },
      `AlreadyExistsException: An alias with the name ${aliasArn('alias/taken')} already exists`,
    ],
    [{ TargetKeyId: 'alias/taken' }, 'ValidationException: Aliases must refer to keys. Not aliases'],
    [{ TargetKeyId: aliasArn('alias/taken') }, 'ValidationException: Aliases must refer to keys. Not aliases'],
    [{ TargetKeyId: 'fake' }, "NotFoundException: Invalid keyId 'fake'"],
  ]
  for (const [input, expected] of faults) {
    const fault = await service.fault('CreateAlias', { AliasName: 'alias/new', TargetKeyId: keyId, ...input })
    if (typeof expected === 'string') assert.equal(fault, expected)
    else assert.match(fault, expected)
  }
  for (const operation of ['UpdateAlias', 'DeleteAlias'] as const) {
    assert.equal(
      await service.fault(operation, { AliasName: 'alias/none', TargetKeyId: keyId }),
      `NotFoundException: Alias ${aliasArn('alias/none')} is not found.`,
    )
  }
})

test('a name with a colon, or with nothing behind the prefix, is refused by all that change aliases', async () => {
  for (const operation of ['CreateAlias', 'UpdateAlias', 'DeleteAlias'] as const) {
    for (const AliasName of ['alias/my:alias', 'alias/:', 'alias/a/b:', 'alias/']) {
      const fault = `ValidationException: ${AliasName} contains invalid characters for an alias`
      const input = { AliasName, ...(operation !== 'DeleteAlias' && { TargetKeyId: keyId }) }
      assert.equal(await service.fault(operation, input), fault)
    }
    const input = { AliasName: 'alias/a.b', ...(operation !== 'DeleteAlias' && { TargetKeyId: keyId }) }
    assert.match(await service.fault(operation, input), /'aliasName' failed to satisfy constraint: .* pattern: /)
  }
})

test('of two requests for the same new alias exactly one succeeds', async () => {
  const requests = Array.from({ length: 8 }, () =>
    service.call('CreateAlias', { AliasName: 'alias/race', TargetKeyId: keyId }),
  )
  const replies = await Promise.all(requests)
  assert.equal(replies.filter(({ status }) => status === 200).length, 1)
  assert.equal(replies.filter(({ body }) => body.__type === 'AlreadyExistsException').length, 7)
})

test('ListAliases pages, filters by key, and bounds its limit', async () => {
  const caller = callerOf(ACCOUNT, 'eu-west-3')
  const target = await service.createKey({}, caller)
  for (const name of ['c', 'a', 'b']) {
    await service.ok('CreateAlias', { AliasName: `alias/${name}`, TargetKeyId: target.keyId }, caller)
  }
  const names: string[] = []
  let marker: string | undefined
  do {
    const page = await service.ok<AliasPage>('ListAliases', { Limit: 2, Marker: marker }, caller)
    names.push(...page.Aliases.map(({ AliasName }) => AliasName))
    assert.equal(page.Truncated, page.NextMarker !== undefined)
    marker = page.NextMarker
  } while (marker !== undefined)
  // Every account has those of AWS's services from the start; `a/` sorts before `b`.
  const own = names.filter((name) => !name.startsWith('alias/aws/'))
  assert.deepEqual(own, ['alias/a', 'alias/b', 'alias/c'])
  assert.deepEqual([names[0], names.at(-1)], ['alias/a', 'alias/c'])
  assert.equal(new Set(names).size, names.length)
  assert.ok(names.includes('alias/aws/s3'))
  const other = await service.createKey({}, caller)
  assert.deepEqual((await service.ok<AliasPage>('ListAliases', { KeyId: other.arn }, caller)).Aliases, [])
  assert.match(await service.fault('ListAliases', { Limit: 101 }), /Value '101' at 'limit' failed to satisfy/)
})
