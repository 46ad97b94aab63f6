import assert from 'node:assert/strict'
import { readdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { operator, verifyFolder } from '../../../src/index.ts'
import { Vault } from './support/vault.ts'

test('an operator accepts what a power cut lost at the level `write`, and the log is sound but for that', async () => {
  await using vault = await Vault.create()
  const audit = join(vault.folder, 'audit')
  const known = new Set(await readdir(audit))
  const server = await vault.serve({ durability: 'write' })
  const [stream = ''] = (await readdir(audit)).filter((name) => !known.has(name))
  const client = vault.client(server)
  for (let count = 0; count < 3; count += 1) assert.equal((await client.call('CreateKey', {})).status, 200)
  client[Symbol.dispose]()
  await server.stop()
  const segment = join(audit, stream, '00000001.log')
  await truncate(segment, (await stat(segment)).size - 2500)
  assert.notDeepEqual((await verifyFolder(vault.folder)).problems, [])
  const { problems, accepted } = await operator.acceptAuditLoss(vault.folder)
  assert.deepEqual(problems, [])
  assert.ok(accepted.some(({ changes }) => changes !== undefined))
  assert.deepEqual((await verifyFolder(vault.folder)).problems, [])
  await (await vault.serve({ durability: 'write' })).stop()
  assert.deepEqual((await operator.acceptAuditLoss(vault.folder)).accepted, accepted)
  const deeds = (await vault.events()).filter(({ eventName }) => eventName === 'AcceptAuditLoss')
  assert.equal(deeds.length, 1, 'there was nothing more to accept')
})
