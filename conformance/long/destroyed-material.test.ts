/** What is left of key material that was deleted, in the files of the data folder and in the memory of the server. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { KMS } from '@aws-sdk/client-kms'
import { occurrencesIn, skipsMemory } from '../../tools/testing/process-memory.ts'
import { startServer, type TestServer } from '../server.ts'

const WITHIN_MS = 15_000

describe('soon after key material is deleted', () => {
  let server: TestServer
  let sdk: KMS
  before(async () => {
    server = await startServer()
    sdk = new KMS({ ...server, maxAttempts: 1 })
  })
  after(async () => {
    sdk?.destroy()
    await server?.stop()
  })

  test('an idle server has it neither in its files nor, after use, in its memory', { skip: skipsMemory }, async () => {
    const material = randomBytes(32)
    const keyId = await keyOf(material, sdk)
    await sdk.generateDataKey({ KeyId: keyId, KeySpec: 'AES_256' })
    const sealed = sealedOf(keyId, server.data)
    assert.ok(countInFiles(sealed, server.data) > 0, 'the sealed bytes are not found before they are deleted')
    const [before] = occurrencesIn(server.pid, [material])
    assert.ok(before! > 0, 'the material is not found in memory while it is used')

    await sdk.deleteImportedKeyMaterial({ KeyId: keyId })

    await until(() => countInFiles(sealed, server.data) === 0, 'the sealed bytes are still in the files')
    await until(() => occurrencesIn(server.pid, [material])[0] === 0, 'the material is still in memory')
  })
})

async function keyOf(material: Uint8Array, sdk: KMS): Promise<string> {
  const { KeyMetadata } = await sdk.createKey({ Origin: 'EXTERNAL' })
  const KeyId = KeyMetadata!.KeyId!
  const parameters = { KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const
  const { PublicKey, ImportToken } = await sdk.getParametersForImport(parameters)
  const key = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' })
  const wrapping = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
  const EncryptedKeyMaterial = publicEncrypt(wrapping, material)
  const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE'
  await sdk.importKeyMaterial({ KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel })
  return KeyId
}

function sealedOf(keyId: string, data: string): Buffer {
  const database = new DatabaseSync(join(data, 'keyhold.db'), { readOnly: true })
  const row = database.prepare("SELECT sealed FROM stored_row WHERE kind = 'material' AND id LIKE ?").get(`%${keyId}%`)
  database.close()
  return Buffer.from(row!['sealed'] as Uint8Array)
}

/** By a program of others, on the raw bytes of the database and of what lies beside it. */
function countInFiles(bytes: Buffer, data: string): number {
  const hex = Buffer.from(bytes).toString('hex')
  const command = `cat '${data}'/keyhold.db* | od -An -v -tx1 | tr -d ' \\n' | grep -c ${hex} || true`
  return Number(execFileSync('sh', ['-c', command], { encoding: 'utf8' }))
}

async function until(holds: () => boolean, otherwise: string): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += 250) {
    assert.ok(waitedMs < WITHIN_MS, otherwise)
    await sleep(250)
  }
}
