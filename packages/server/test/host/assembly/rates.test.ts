import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dev, operator } from '../../../src/index.ts'
import { Vault } from './support/vault.ts'

const ALL = { Limit: 1 }

test('a server counts requests unless it is told not to, and follows the operator at once', async () => {
  await using vault = await Vault.create()
  await using counting = await vault.serve({ rates: 'on' })
  await using free = await vault.serve()
  const [counted, uncounted] = [vault.client(counting), vault.client(free)]
  await operator.setRequestRate(vault.folder, { group: 'ListKeys', perSecond: 1 })
  await counted.ok('ListKeys', ALL)
  assert.equal(await counted.fault('ListKeys', ALL), 'ThrottlingException')
  for (let call = 0; call < 10; call++) await uncounted.ok('ListKeys', ALL)
  await operator.setRequestRate(vault.folder, { group: 'ListKeys', perSecond: 1_000_000 })
  for (let call = 0; call < 10; call++) {
    await new Promise((resolve) => setTimeout(resolve, 2))
    await counted.ok('ListKeys', ALL)
  }
})

test('servers that share the rates admit a part each', async () => {
  await using vault = await Vault.create()
  await using one = await vault.serve({ rates: 'on', rateWorkers: 5 })
  const client = vault.client(one)
  await client.createKey()
  assert.equal(await client.fault('CreateKey', {}), 'ThrottlingException')
})

test('a client that does not slow down when it is refused is slowed down, and others are not', async () => {
  await using vault = await Vault.create()
  await using server = await vault.serve({ rates: 'on' })
  await operator.setRequestRate(vault.folder, { group: 'ListKeys', perSecond: 0.01 })
  const wild = vault.client(server)
  const other = vault.client(server, { credentials: await otherAccount(vault) })
  await wild.ok('ListKeys', ALL)
  let refused = 0
  const endMs = performance.now() + 1000
  const flood = Array.from({ length: 16 }, async () => {
    while (performance.now() < endMs) {
      assert.equal(await wild.fault('ListKeys', ALL), 'ThrottlingException')
      refused += 1
    }
  })
  await other.ok('ListKeys', ALL)
  await Promise.all(flood)
  // A hundred at once, a hundred within the second, and ten on each connection; thousands, if none were held.
  assert.ok(refused >= 100 && refused < 500, `${refused} refused`)
})

async function otherAccount(vault: Vault): Promise<{ accessKeyId: string; secretAccessKey: string }> {
  const { accessKeyId, secretAccessKey } = await operator.createAccount(vault.folder, {})
  return { accessKeyId, secretAccessKey: Buffer.from(secretAccessKey.reveal()).toString() }
}

test('a development server counts nothing', async (t) => {
  const server = await dev({ port: 0, logLevel: 'silent' })
  t.after(() => server.stop())
  await using vault = await Vault.create()
  const client = vault.client(server, { credentials: { accessKeyId: '111122223333', secretAccessKey: 'any' } })
  for (let call = 0; call < 20; call++) await client.createKey()
})
