/** What the memory of a server that was sealed contains, as in a core dump, and what the outside then gets from it. */
import assert from 'node:assert/strict'
import { constants, createPublicKey, publicEncrypt, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { KMS } from '@aws-sdk/client-kms'
import { doAdmin } from '../../tools/testing/admin-deed.ts'
import { keyhold } from '../../tools/testing/keyhold.ts'
import { occurrencesIn, skipsMemory } from '../../tools/testing/process-memory.ts'
import { startServer, type TestServer } from '../server.ts'

const WITHIN_MS = 15_000

describe('once sealed, the memory of the server', { skip: skipsMemory }, () => {
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

  test('holds neither root key, key material nor access keys that it used, and finds them again when unsealed', async () => {
    const material = randomBytes(32)
    const keyId = await keyOf(material, sdk)
    const { CiphertextBlob } = await sdk.encrypt({ KeyId: keyId, Plaintext: Buffer.from('42 pigeons') })
    const rootKey = rootKeyIn(`${server.data}.root`)
    const accessKey = Buffer.from(server.credentials.secretAccessKey)
    const sought = [rootKey, Buffer.from(rootKey.toString('hex')), material, accessKey]
    const [rootBefore, , materialBefore] = occurrencesIn(server.pid, sought)
    assert.ok(rootBefore! > 0 && materialBefore! > 0, 'the search is blind')

    const socket = `${server.data}/admin.sock`
    assert.deepEqual(await doAdmin(socket, '/seal'), { status: 200, answer: { state: 'sealed' } })
    // What OpenSSL and Node have freed without overwriting it is there until it is used again.
    await until(() => occurrencesIn(server.pid, sought).every((times) => times === 0))
    await assert.rejects(sdk.decrypt({ CiphertextBlob }), { name: 'KMSInternalException' })

    assert.deepEqual(await doAdmin(socket, '/unseal'), { status: 200, answer: { state: 'open' } })
    const { Plaintext } = await sdk.decrypt({ CiphertextBlob })
    assert.equal(Buffer.from(Plaintext!).toString(), '42 pigeons')
    for (const deed of ['SealServer', 'UnsealServer']) {
      const { stdout } = await keyhold(['audit', 'query', '--data', server.data, '--event', deed])
      assert.equal(stdout.trim().split('\n').length, 1, stdout)
      assert.match(stdout, new RegExp(deed))
    }
  })
})

async function until(holds: () => boolean): Promise<void> {
  for (let waitedMs = 0; !holds(); waitedMs += 250) {
    assert.ok(waitedMs < WITHIN_MS, 'keys are still in memory')
    await sleep(250)
  }
}

function rootKeyIn(file: string): Buffer {
  const [, hex = ''] = /^key ([0-9a-f]{64})$/m.exec(readFileSync(file, 'utf8')) ?? []
  return Buffer.from(hex, 'hex')
}

async function keyOf(material: Uint8Array, sdk: KMS): Promise<string> {
  const { KeyMetadata } = await sdk.createKey({ Origin: 'EXTERNAL' })
  const KeyId = KeyMetadata!.KeyId!
  const parameters = { KeyId, WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_2048' } as const
  const { PublicKey, ImportToken } = await sdk.getParametersForImport(parameters)
  const key = createPublicKey({ key: Buffer.from(PublicKey!), format: 'der', type: 'spki' })
  const wrapping = { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' }
  const EncryptedKeyMaterial = publicEncrypt(wrapping, material)
  await sdk.importKeyMaterial({
    KeyId,
    ImportToken,
    EncryptedKeyMaterial,
    ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
  })
  return KeyId
}
