import assert from 'node:assert/strict'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KmsClient } from './support/client.ts'
import { noSmallDisk, SmallDisk } from './support/full-disk.ts'
import { Vault } from './support/vault.ts'

const SCARCE = /^500 \{"__type":"KMSInternalException","message":"Disk space is scarce: only administrative requests/

test(
  'with the disk full administrators stop and delete keys from the reserve, and nothing else is answered',
  {
    skip: noSmallDisk(),
  },
  async () => {
    await using disk = await SmallDisk.mount(24)
    await using vault = await Vault.in(disk.above)
    const reserve = join(vault.folder, 'reserve')
    {
      await using server = await vault.start({ reserveMebibytes: 4 })
      using client = vault.client(server)
      const keyId = await client.createKey()
      assert.equal(statSync(reserve).size, 1024 * 1024)
      assert.equal(await answerOf(client, 'Encrypt', { KeyId: keyId, Plaintext: 'eA==' }), '200')

      await disk.fill()
      await until(() => !existsSync(reserve))
      assert.match(await answerOf(client, 'Encrypt', { KeyId: keyId, Plaintext: 'eA==' }), SCARCE)
      assert.match(await answerOf(client, 'GenerateRandom', { NumberOfBytes: 8 }), SCARCE)
      assert.match(await answerOf(client, 'Decrypt', { CiphertextBlob: 'AAAA' }), SCARCE)
      await recovered(() => answerOf(client, 'DisableKey', { KeyId: keyId }))
      const { Policy } = await client.ok<{ Policy: string }>('GetKeyPolicy', { KeyId: keyId })
      assert.equal(await answerOf(client, 'PutKeyPolicy', { KeyId: keyId, Policy }), '200')
      assert.equal(await answerOf(client, 'ScheduleKeyDeletion', { KeyId: keyId }), '200')
      const reads = await Promise.all(Array.from({ length: 40 }, () => answerOf(client, 'ListKeys', {})))
      assert.ok(reads.filter((answer) => SCARCE.test(answer)).length >= 20, 'reading uses the reserve up')

      await disk.empty()
      await until(() => existsSync(reserve))
      await recovered(() => answerOf(client, 'GenerateRandom', { NumberOfBytes: 8 }))
      await server.stop()
    }
    const report = await vault.verify()
    assert.deepEqual([report.problems, report.unvouched], [[], 0])
  },
)

async function answerOf(client: KmsClient, ...call: Parameters<KmsClient['call']>): Promise<string> {
  const { status, text } = await client.call(...call)
  return status === 200 ? '200' : `${status} ${text}`
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 100, 'it did not come to be')
    await sleep(100)
  }
}

/** A log that could not be written is tried again within a second or two. */
async function recovered(ask: () => Promise<string>): Promise<void> {
  let answer = ''
  for (let tries = 0; tries < 60 && answer !== '200'; tries++) {
    answer = await ask()
    if (answer !== '200') await sleep(100)
  }
  assert.equal(answer, '200')
}
