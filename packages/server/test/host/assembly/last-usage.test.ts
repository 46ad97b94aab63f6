import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Vault } from './support/vault.ts'

type LastUsage = { KeyLastUsage: Record<string, unknown>; TrackingStartDate: number }

test('what a key was last used for outlives the server, and every other server knows it then', async () => {
  await using vault = await Vault.create()
  let keyId: string
  let used: LastUsage
  {
    await using server = await vault.serve()
    using client = vault.client(server)
    keyId = await client.createKey()
    await client.ok('GenerateDataKey', { KeyId: keyId, KeySpec: 'AES_256' })
    used = await client.ok<LastUsage & Record<string, unknown>>('GetKeyLastUsage', { KeyId: keyId })
    assert.equal(used.KeyLastUsage['Operation'], 'GenerateDataKey')
  }
  await using first = await vault.serve()
  await using second = await vault.serve()
  for (const server of [first, second]) {
    using client = vault.client(server)
    const answer = await client.ok<LastUsage & Record<string, unknown>>('GetKeyLastUsage', { KeyId: keyId })
    assert.deepEqual(answer, used)
  }
})
