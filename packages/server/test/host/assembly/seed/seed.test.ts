import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSeed } from '../../../../src/host/assembly/seed/seed-file.ts'
import { base64, callerOf, TestService } from '../../../support/service.ts'
import { seed } from './seeded.ts'

const ID = '1234abcd-12ab-34cd-56ef-1234567890ab'
const MATERIAL = Buffer.alloc(32, 7).toString('base64')
const ACCOUNT = '123456789012'
const CALLER = callerOf(ACCOUNT, 'eu-west-1')

const SEED = `
keys:
  - id: ${ID}
    account: "${ACCOUNT}"
    region: eu-west-1
    description: fixture
    aliases: [alias/app, alias/app/second]
    tags: { team: payments }
    policy: { Version: "2012-10-17", Statement: [] }
    material: ${MATERIAL}
  - id: mrk-1234abcd12ab34cd56ef1234567890ab
`

test('a seed makes keys with ids, aliases, tags, policies and material', async () => {
  await using service = await TestService.open('off')
  await seed(service, SEED)
  const { KeyMetadata } = await service.ok<{ KeyMetadata: object }>(
    'DescribeKey',
    { KeyId: 'alias/app/second' },
    CALLER,
  )
  const { KeyId, Description } = KeyMetadata as Record<string, string>
  assert.deepEqual([KeyId, Description], [ID, 'fixture'])
  const tags = await service.ok<object>('ListResourceTags', { KeyId: ID }, CALLER)
  assert.deepEqual(tags, { Tags: [{ TagKey: 'team', TagValue: 'payments' }], Truncated: false })
  const { Policy } = await service.ok('GetKeyPolicy', { KeyId: ID }, CALLER)
  assert.deepEqual(JSON.parse(Policy as string), { Version: '2012-10-17', Statement: [] })
})

test('ciphertexts of seeded material open wherever the same seed is used', async () => {
  await using first = await TestService.open('off')
  await using second = await TestService.open('off')
  for (const service of [first, second]) await seed(service, SEED)
  const { CiphertextBlob } = await first.ok('Encrypt', { KeyId: ID, Plaintext: base64('x') }, CALLER)
  assert.equal((await second.ok('Decrypt', { CiphertextBlob }, CALLER)).Plaintext, base64('x'))
})

test('a key that exists is never overwritten', async () => {
  await using service = await TestService.open('off')
  await seed(service, SEED)
  await service.ok('UpdateKeyDescription', { KeyId: ID, Description: 'mine' }, CALLER)
  const { CiphertextBlob } = await service.ok('Encrypt', { KeyId: ID, Plaintext: base64('x') }, CALLER)
  await seed(service, SEED.replace(MATERIAL, base64('8'.repeat(32))))
  const { KeyMetadata } = await service.ok<{ KeyMetadata: object }>('DescribeKey', { KeyId: ID }, CALLER)
  assert.equal((KeyMetadata as Record<string, string>).Description, 'mine')
  await service.ok('Decrypt', { CiphertextBlob }, CALLER)
})

test('a seed that is not understood is refused with the place of the fault', () => {
  const faults: [string, RegExp][] = [
    ['keys: [', /^SeedError: the seed file is not YAML/],
    ['[]', /^SeedError: the document: expected a mapping/],
    ['{ kyes: [] }', /^SeedError: kyes: unknown member; known members are .*keys/],
    ['keys: [1]', /^SeedError: keys\[0\]: expected a mapping/],
    ['keys: [{ id: nope }]', /^SeedError: keys\[0\]\.id: expected a key id/],
    [`keys: [{ id: ${ID}, regoin: x }]`, /^SeedError: keys\[0\]\.regoin: unknown member/],
    [`keys: [{ id: ${ID}, account: 12 }]`, /^SeedError: keys\[0\]\.account: expected 12 digits, in quotes/],
    [`keys: [{ id: ${ID}, aliases: [app] }]`, /^SeedError: keys\[0\]\.aliases: expected a list of names/],
    [`keys: [{ id: ${ID}, aliases: ['alias/a:b'] }]`, /^SeedError: keys\[0\]\.aliases: expected a list of names/],
    [`keys: [{ id: ${ID}, aliases: [alias/${'x'.repeat(251)}] }]`, /^SeedError: keys\[0\]\.aliases: /],
    [`keys: [{ id: ${ID}, tags: { aws:x: y } }]`, /^SeedError: keys\[0\]\.tags: expected a mapping/],
    [`keys: [{ id: ${ID}, material: AAAA }]`, /^SeedError: keys\[0\]\.material: expected 32 bytes in base64/],
    [`keys: [{ id: ${ID}, policy: 7 }]`, /^SeedError: keys\[0\]\.policy: expected a policy document/],
    [`keys: [{ id: ${ID}, spec: SM2 }]`, /^SeedError: keys\[0\]\.spec: expected one of SYMMETRIC_DEFAULT, RSA_2048/],
    [`keys: [{ id: ${ID}, spec: RSA_2048 }]`, /keys\[0\]\.usage: expected one of ENCRYPT_DECRYPT, SIGN_VERIFY, for/],
    [`keys: [{ id: ${ID}, usage: SIGN_VERIFY }]`, /keys\[0\]\.usage: expected one of ENCRYPT_DECRYPT, for/],
    [`keys: [{ id: ${ID}, state: PendingImport }]`, /keys\[0\]\.state: expected another state: only a key of origin/],
    [`keys: [{ id: ${ID}, origin: EXTERNAL, state: Enabled }]`, /keys\[0\]\.state: expected PendingImport or/],
    [`keys: [{ id: ${ID}, deletionDays: 7 }]`, /keys\[0\]\.deletionDays: expected the state PendingDeletion/],
    [
      `keys: [{ id: ${ID}, state: PendingDeletion, deletionDays: 6 }]`,
      /deletionDays: expected a whole number from 7 to 30/,
    ],
    [`keys: [{ id: ${ID}, expiresInDays: 7 }]`, /keys\[0\]\.expiresInDays: expected a key of origin EXTERNAL with/],
    [
      `keys: [{ id: ${ID}, origin: EXTERNAL, material: ${MATERIAL}, expires: soon }]`,
      /expires: expected a date and time/,
    ],
    [`keys: [{ id: ${ID}, earlierMaterials: [${MATERIAL}] }]`, /earlierMaterials: expected a symmetric key of origin/],
    [
      `keys: [{ id: ${ID}, replicas: [{ region: eu-west-1 }] }]`,
      /keys\[0\]\.replicas: expected an id that starts with mrk-/,
    ],
    [`keys: [{ id: ${ID}, replicas: [{ aliases: [] }] }]`, /keys\[0\]\.replicas\[0\]\.region: expected text/],
    [`keys: [{ id: ${ID}, grants: [{ grantee: x }] }]`, /keys\[0\]\.grants\[0\]\.operations: expected a list/],
    ['users: [{ account: "111122223333" }]', /^SeedError: users\[0\]\.name: expected text/],
    [
      'users: [{ name: a, accessKeys: [{ id: AKIA, secret: x }] }]',
      /users\[0\]\.accessKeys\[0\]\.id: expected AKIA and/,
    ],
    ['roles: [{ name: a }]', /^SeedError: roles\[0\]\.trust: expected a policy document/],
  ]
  for (const [text, expected] of faults) assert.throws(() => parseSeed(text), expected)
})
