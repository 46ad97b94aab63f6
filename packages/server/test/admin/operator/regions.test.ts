import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { initialize, operator } from '../../../src/index.ts'
import { Vault } from '../../host/assembly/support/vault.ts'

test('requests can be signed for the configured Regions, and for no others', async () => {
  await using vault = await Vault.create()
  await using server = await vault.serve()
  const inRegion = (region: string) => vault.client(server, { region })
  using invented = inRegion('dc-north-1')
  assert.equal(await invented.fault('CreateKey', {}), 'InvalidSignatureException')
  assert.equal(await operator.addRegion(vault.folder, 'dc-north-1'), true)
  assert.equal(await operator.addRegion(vault.folder, 'dc-north-1'), false)
  const keyId = await invented.createKey()
  assert.equal(await invented.keyState(keyId), 'Enabled')
  await assert.rejects(operator.removeRegion(vault.folder, 'dc-north-1'), {
    name: 'OperatorError',
    message: /The Region dc-north-1 has keys/,
  })
  using other = inRegion('eu-west-3')
  await other.ok('ListKeys', {})
  await operator.removeRegion(vault.folder, 'eu-west-3')
  assert.equal(await other.fault('ListKeys', {}), 'InvalidSignatureException')
  await assert.rejects(operator.removeRegion(vault.folder, 'eu-west-3'), { message: /There is no Region eu-west-3/ })
  const listed = await operator.regions(vault.folder)
  assert.deepEqual(
    listed.filter(({ region }) => ['dc-north-1', 'eu-central-1', 'eu-west-3'].includes(region)),
    [
      { region: 'dc-north-1', hasKeys: true },
      { region: 'eu-central-1', hasKeys: false },
    ],
  )
  const deeds = (await vault.events()).filter(({ eventName }) => String(eventName).endsWith('Region'))
  assert.deepEqual(
    deeds.map(({ eventName, requestParameters }) => [eventName, requestParameters]),
    [
      ['AddRegion', { region: 'dc-north-1' }],
      ['RemoveRegion', { region: 'eu-west-3' }],
    ],
  )
})

test('keys can have replicas only in existing Regions', async () => {
  await using vault = await Vault.create()
  await using server = await vault.serve()
  using client = vault.client(server)
  const created = await client.ok('CreateKey', { MultiRegion: true })
  const KeyId = (created as unknown as { KeyMetadata: { KeyId: string } }).KeyMetadata.KeyId
  assert.equal(await client.fault('ReplicateKey', { KeyId, ReplicaRegion: 'dc-north-1' }), 'ValidationException')
  await client.ok('ReplicateKey', { KeyId, ReplicaRegion: 'us-west-2' })
})

test('a folder without Regions, or with an invalid one, is not created', async (t) => {
  const parent = await mkdtemp(join(tmpdir(), 'keyhold-regions-'))
  t.after(() => rm(parent, { recursive: true, force: true }))
  const make = (regions: string[]) => initialize({ folder: join(parent, 'data'), recovery: 'none', regions })
  await assert.rejects(make([]), { message: 'At least one Region must exist.' })
  await assert.rejects(make(['eu-central-1', 'Frankfurt']), { message: /Frankfurt is not a valid Region name/ })
  const many = Array.from(
    { length: 101 },
    (_, number) =>
      `r${'abcdefghij'[Math.floor(number / 100)]}-x${'abcdefghij'[Math.floor(number / 10) % 10]}-${number % 10}`,
  )
  await assert.rejects(make(many), { message: 'No more than 100 Regions can exist.' })
  await make(['eu-central-1'])
  await assert.rejects(operator.removeRegion(join(parent, 'data'), 'eu-central-1'), {
    message: 'At least one Region must exist.',
  })
})
