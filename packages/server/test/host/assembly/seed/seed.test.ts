import assert from 'node:assert/strict'
import { test } from 'node:test'
import { applySeed } from '../../../../src/host/assembly/seed/seed.ts'
import { parseSeed } from '../../../../src/host/assembly/seed/seed-file.ts'
import { base64, callerOf, TestService } from '../../../support/service.ts'

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
  await applySeed(parseSeed(SEED), service.clock.now(), service.services)
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
  for (const { clock, services } of [first, second]) await applySeed(parseSeed(SEED), clock.now(), services)
  const { CiphertextBlob } = await first.ok('Encrypt', { KeyId: ID, Plaintext: base64('x') }, CALLER)
  assert.equal((await second.ok('Decrypt', { CiphertextBlob }, CALLER)).Plaintext, base64('x'))
})

test('a key that exists is never overwritten', async () => {
  await using service = await TestService.open('off')
  await applySeed(parseSeed(SEED), service.clock.now(), service.services)
  await service.ok('UpdateKeyDescription', { KeyId: ID, Description: 'mine' }, CALLER)
  const { CiphertextBlob } = await service.ok('Encrypt', { KeyId: ID, Plaintext: base64('x') }, CALLER)
  await applySeed(parseSeed(SEED.replace(MATERIAL, base64('8'.repeat(32)))), service.clock.now(), service.services)
  const { KeyMetadata } = await service.ok<{ KeyMetadata: object }>('DescribeKey', { KeyId: ID }, CALLER)
  assert.equal((KeyMetadata as Record<string, string>).Description, 'mine')
  await service.ok('Decrypt', { CiphertextBlob }, CALLER)
})

test('a seed that is not understood is refused with the place of the fault', () => {
  const faults: [string, RegExp][] = [
    ['keys: [', /^SeedError: the seed file is not YAML/],
    ['[]', /^SeedError: the document\.keys: expected a list/],
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
  ]
  for (const [text, expected] of faults) assert.throws(() => parseSeed(text), expected)
})
