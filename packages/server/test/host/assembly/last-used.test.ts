import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccessKeyUseRecord } from '../../../src/vault/records/access-key-use.ts'
import { REGION } from './support/client.ts'
import { Vault } from './support/vault.ts'

test('a server that stops writes down when and for what an access key was last used', async () => {
  await using vault = await Vault.create()
  const startedMs = Date.now()
  {
    await using server = await vault.serve()
    using client = vault.client(server)
    await client.createKey()
  }
  const uses: AccessKeyUseRecord[] = []
  vault.edit((database) => {
    const rows = database.prepare("SELECT body FROM stored_row WHERE kind = 'access_key_use' AND id = ?")
    for (const { body } of rows.all(vault.credentials.accessKeyId))
      uses.push(JSON.parse(String(body)) as AccessKeyUseRecord)
  })
  const [use] = uses
  assert.deepEqual([uses.length, use?.service, use?.region], [1, 'kms', REGION])
  assert(use && use.usedMs >= startedMs && use.usedMs <= Date.now())
})
