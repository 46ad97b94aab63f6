import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ACCOUNT, callerOf, OTHER_ACCOUNT, REGION, TestService } from '../../../support/service.ts'

let service: TestService

before(async () => {
  service = await TestService.open()
})
after(() => service[Symbol.asyncDispose]())

type Metadata = Record<string, unknown>
const describeKey = async (KeyId: string): Promise<Metadata> =>
  (await service.ok<{ KeyMetadata: Metadata }>('DescribeKey', { KeyId })).KeyMetadata

test('CreateKey returns the metadata that DescribeKey returns', async () => {
  const { KeyMetadata } = await service.ok<{ KeyMetadata: Metadata }>('CreateKey', { Description: 'orders' })
  const { KeyId, CurrentKeyMaterialId, ...rest } = KeyMetadata
  assert.match(KeyId as string, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.match(CurrentKeyMaterialId as string, /^[0-9a-f]{64}$/)
  assert.deepEqual(rest, {
    AWSAccountId: ACCOUNT,
    Arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${String(KeyId)}`,
    CreationDate: Date.UTC(2026, 0, 1) / 1000,
    Enabled: true,
    Description: 'orders',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: 'Enabled',
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
  })
  assert.deepEqual(await describeKey(KeyId as string), KeyMetadata)
})

test('CreateKey refuses what contradicts itself, and by name what is not there', async () => {
  const faults: [object, RegExp][] = [
    [{ KeySpec: 'RSA_2048' }, /^ValidationException: You must specify a KeyUsage value for all KMS keys except/],
    [{ KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' }, /^ValidationException: You cannot/],
    [{ KeyUsage: 'SIGN_VERIFY' }, /^ValidationException: KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMM/],
    [{ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }, /^UnsupportedOperationException: KeySpec SM2 .* in this Region$/],
    [{ Origin: 'AWS_CLOUDHSM' }, /^UnsupportedOperationException: Origin AWS_CLOUDHSM is not supported/],
    [
      { Origin: 'EXTERNAL', KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' },
      /^ValidationException: KeySpec ML_DSA_44 is not supported for Origin EXTERNAL$/,
    ],
    [{ CustomKeyStoreId: 'cks-1234567890abcdef0' }, /^UnsupportedOperationException: Custom key stores/],
    [
      {
        Tags: [
          { TagKey: 'a', TagValue: '' },
          { TagKey: 'a', TagValue: '' },
        ],
      },
      /^TagException: Duplicate tag keys$/,
    ],
    [{ Tags: [{ TagKey: 'AWS:x', TagValue: '' }] }, /^TagException: Tags beginning with aws: are reserved$/],
    [{ Tags: tags(51) }, /^TagException: Too many tags$/],
  ]
  for (const [input, expected] of faults) assert.match(await service.fault('CreateKey', input), expected)
})

test('a key is found by id and ARN, and by nothing that is neither', async () => {
  const { keyId, arn } = await service.createKey()
  for (const KeyId of [keyId, arn]) assert.equal((await describeKey(KeyId)).KeyId, keyId)
  const absent = '00000000-0000-4000-8000-000000000000'
  const faults: [string, string][] = [
    [absent, `NotFoundException: Key 'arn:aws:kms:${REGION}:${ACCOUNT}:key/${absent}' does not exist`],
    [arn.replace(keyId, absent), `NotFoundException: Key '${arn.replace(keyId, absent)}' does not exist`],
    ['fake-key-id', "NotFoundException: Invalid keyId 'fake-key-id'"],
    [arn.replace(REGION, 'us-east-1'), 'NotFoundException: Invalid arn us-east-1'],
    ['alias/none', `NotFoundException: Alias arn:aws:kms:${REGION}:${ACCOUNT}:alias/none is not found.`],
  ]
  for (const [KeyId, expected] of faults) assert.equal(await service.fault('DescribeKey', { KeyId }), expected)
})

test('a key does not exist in another Region or for the bare id of another account', async () => {
  const { keyId, arn } = await service.createKey()
  const elsewhere = callerOf(ACCOUNT, 'us-east-1')
  assert.match(await service.fault('DescribeKey', { KeyId: keyId }, elsewhere), /^NotFoundException: Key/)
  assert.equal(
    await service.fault('DescribeKey', { KeyId: arn }, elsewhere),
    `NotFoundException: Invalid arn ${REGION}`,
  )
  assert.match(await service.fault('DescribeKey', { KeyId: keyId }, callerOf(OTHER_ACCOUNT)), /^NotFoundException: Key/)
})

test('management operations take no alias', async () => {
  const { keyId, arn } = await service.createKey()
  await service.ok('CreateAlias', { AliasName: 'alias/managed', TargetKeyId: keyId })
  assert.equal(
    await service.fault('DisableKey', { KeyId: arn.replace(`key/${keyId}`, 'alias/managed') }),
    'InvalidArnException: Key Aliases are not supported for this operation.',
  )
  assert.equal(
    await service.fault('DisableKey', { KeyId: 'alias/managed' }),
    "NotFoundException: Invalid keyId 'alias/managed'",
  )
})

test('operations without an output answer an empty body', async () => {
  const { keyId } = await service.createKey()
  for (const name of ['DisableKey', 'EnableKey'] as const) {
    assert.deepEqual(await service.call(name, { KeyId: keyId }), { status: 200, body: {} })
  }
})

test('disabling stops the use, enabling allows it, and the description changes', async () => {
  const { keyId, arn } = await service.createKey()
  await service.ok('DisableKey', { KeyId: keyId })
  assert.equal((await describeKey(keyId)).Enabled, false)
  assert.equal(
    await service.fault('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' }),
    `DisabledException: ${arn} is disabled.`,
  )
  await service.ok('EnableKey', { KeyId: keyId })
  await service.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
  await service.ok('UpdateKeyDescription', { KeyId: keyId, Description: 'new' })
  assert.equal((await describeKey(keyId)).Description, 'new')
})

test('a deletion is scheduled, cancelled into Disabled, and not scheduled twice', async () => {
  const { keyId, arn } = await service.createKey()
  const scheduled = await service.ok('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays: 7 })
  const DeletionDate = service.clock.now() / 1000 + 7 * 86_400
  assert.deepEqual(scheduled, { KeyId: arn, DeletionDate, KeyState: 'PendingDeletion', PendingWindowInDays: 7 })
  assert.equal((await describeKey(keyId)).DeletionDate, DeletionDate)
  assert.equal(
    await service.fault('ScheduleKeyDeletion', { KeyId: keyId }),
    `KMSInvalidStateException: ${arn} is pending deletion.`,
  )
  assert.deepEqual(await service.ok('CancelKeyDeletion', { KeyId: keyId }), { KeyId: arn })
  const after = await describeKey(keyId)
  assert.equal(after.KeyState, 'Disabled')
  assert.equal(after.DeletionDate, undefined)
})

test('the waiting period is 7 to 30 days, 30 unless asked otherwise', async () => {
  for (const PendingWindowInDays of [1, 6, 31, 365]) {
    const { keyId } = await service.createKey()
    assert.equal(
      await service.fault('ScheduleKeyDeletion', { KeyId: keyId, PendingWindowInDays }),
      'ValidationException: PendingWindowInDays must be between 7 and 30',
    )
  }
  const { keyId } = await service.createKey()
  const { PendingWindowInDays } = await service.ok<Metadata>('ScheduleKeyDeletion', { KeyId: keyId })
  assert.equal(PendingWindowInDays, 30)
})

test('ListKeys pages through exactly the keys of the account and Region', async () => {
  const caller = callerOf('777788889999', 'ap-south-1')
  const made = new Set<string>()
  for (let index = 0; index < 7; index++) made.add((await service.createKey({}, caller)).arn)
  const seen: string[] = []
  let Marker: string | undefined
  do {
    const page = await service.ok<{ Keys: { KeyArn: string }[]; NextMarker?: string; Truncated: boolean }>(
      'ListKeys',
      { Limit: 3, Marker },
      caller,
    )
    assert.equal(page.Truncated, page.NextMarker !== undefined)
    seen.push(...page.Keys.map(({ KeyArn }) => KeyArn))
    Marker = page.NextMarker
  } while (Marker !== undefined)
  assert.equal(seen.length, 7)
  assert.deepEqual(new Set(seen), made)
})

test('a marker leads only where it was given', async () => {
  await service.createKey()
  await service.createKey()
  const { NextMarker } = await service.ok('ListKeys', { Limit: 1 })
  const invalid = /^InvalidMarkerException/
  assert.match(await service.fault('ListKeys', { Marker: 'x' }), invalid)
  assert.match(await service.fault('ListKeys', { Marker: `${NextMarker}A` }), invalid)
  assert.match(await service.fault('ListAliases', { Marker: NextMarker }), invalid)
  assert.match(await service.fault('ListKeys', { Marker: NextMarker }, callerOf(OTHER_ACCOUNT)), invalid)
  assert.match(await service.fault('ListKeys', { Marker: NextMarker }, callerOf(ACCOUNT, 'us-east-1')), invalid)
})

test('tags are set, replaced, listed in pages and removed; removing an absent one succeeds', async () => {
  const { keyId } = await service.createKey({ Tags: [{ TagKey: 'a', TagValue: '1' }] })
  await service.ok('TagResource', {
    KeyId: keyId,
    Tags: [
      { TagKey: 'b', TagValue: '2' },
      { TagKey: 'a', TagValue: '3' },
    ],
  })
  const first = await service.ok<Metadata>('ListResourceTags', { KeyId: keyId, Limit: 1 })
  assert.deepEqual(first.Tags, [{ TagKey: 'a', TagValue: '3' }])
  const second = await service.ok<Metadata>('ListResourceTags', { KeyId: keyId, Limit: 1, Marker: first.NextMarker })
  assert.deepEqual(second, { Tags: [{ TagKey: 'b', TagValue: '2' }], Truncated: false })
  await service.ok('UntagResource', { KeyId: keyId, TagKeys: ['a', 'none'] })
  assert.deepEqual((await service.ok<Metadata>('ListResourceTags', { KeyId: keyId })).Tags, second.Tags)
  assert.equal(await service.fault('TagResource', { KeyId: keyId, Tags: tags(50) }), 'TagException: Too many tags')
})

function tags(count: number): object[] {
  return Array.from({ length: count }, (_, index) => ({ TagKey: `k${index}`, TagValue: '' }))
}
