import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { CreateKeyCommand, DecryptCommand, GenerateDataKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { needs } from '../tools/testing/needs.ts'
import { startServer, type TestServer } from './server.ts'

const IV = '000102030405060708090a0b0c0d0e0f'
const TEXT = Buffer.from('A page that must be read again in ten years.\n'.repeat(1000))

describe('openssl with a data key', { skip: needs('openssl') }, () => {
  let server: TestServer
  let client: KMSClient
  before(async () => {
    server = await startServer()
    client = new KMSClient({ ...server, maxAttempts: 1 })
  })
  after(async () => {
    client?.destroy()
    await server?.stop()
  })

  for (const [KeySpec, cipher] of [
    ['AES_128', '-aes-128-cbc'],
    ['AES_256', '-aes-256-cbc'],
  ] as const) {
    test(`encrypts under the data key, and decrypts under what its blob opens to (${KeySpec})`, async () => {
      const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
      const EncryptionContext = { book: 'ledger' }
      const dataKey = await client.send(
        new GenerateDataKeyCommand({ KeyId: KeyMetadata?.KeyId, KeySpec, EncryptionContext }),
      )
      const sealed = openssl(cipher, '-e', dataKey.Plaintext!, TEXT)
      assert.equal(sealed.includes('ten years'), false)

      const { CiphertextBlob } = dataKey
      const opened = await client.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }))
      assert.deepEqual(opened.Plaintext, dataKey.Plaintext)
      assert.deepEqual(openssl(cipher, '-d', opened.Plaintext!, sealed), TEXT)
    })
  }
})

function openssl(cipher: string, direction: '-e' | '-d', key: Uint8Array, input: Buffer): Buffer {
  const args = ['enc', cipher, direction, '-K', Buffer.from(key).toString('hex'), '-iv', IV]
  const { status, stdout, stderr } = spawnSync('openssl', args, { input })
  assert.equal(status, 0, stderr.toString())
  return stdout
}
