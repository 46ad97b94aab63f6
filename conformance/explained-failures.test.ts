/** A message that nothing opens: what we say of each encrypted data key is what AWS's own SDK is told about it. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import * as aws from '@aws-crypto/client-node'
import { KMS } from '@aws-sdk/client-kms'
import { anyOf, Envelope, rawAes, readUnverifiedHeader } from '@keyhold/client'
import type { EnvelopeError, KeyArn, KmsConnection } from '@keyhold/client'
import { folder } from '../tools/testing/folder.ts'
import { keyhold } from '../tools/testing/keyhold.ts'
import { clientOf } from './client-of.ts'
import { clientEnvironment, startServer, type TestServer } from './server.ts'

const context = { tenant: 't-17' }
const RAW = { keyNamespace: 'vault', keyName: 'blue' }
const { AES256_GCM_IV12_TAG16_NO_PADDING: wrappingSuite } = aws.RawAesWrappingSuiteIdentifier

describe('a message that nothing opens', () => {
  const official = aws.buildClient(aws.CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT)
  let server: TestServer
  let ours: KmsConnection
  let sdk: KMS
  let keys: KeyArn[]
  let message: Buffer

  before(async () => {
    server = await startServer()
    ours = clientOf(server)
    sdk = new KMS({ ...server, maxAttempts: 1 })
    keys = await Promise.all(['disabled', 'deleted', 'denied'].map((Description) => createKey(Description)))
    message = await officialMessage()
    await sdk.disableKey({ KeyId: keys[0] })
    await sdk.scheduleKeyDeletion({ KeyId: keys[1], PendingWindowInDays: 7 })
    await sdk.putKeyPolicy({ KeyId: keys[2], Policy: denyingDecrypt() })
  })
  after(async () => {
    sdk?.destroy()
    await server?.stop()
  })

  async function createKey(Description: string): Promise<KeyArn> {
    return ours.resolve((await sdk.createKey({ Description })).KeyMetadata!.Arn!)
  }

  function denyingDecrypt(): string {
    const account = `arn:aws:iam::${server.accountId}:root`
    const Statement = [
      { Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' },
      { Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*' },
    ]
    return JSON.stringify({ Version: '2012-10-17', Statement })
  }

  function officialRaw(byte: number): aws.RawAesKeyringNode {
    return new aws.RawAesKeyringNode({ ...RAW, unencryptedMasterKey: new Uint8Array(32).fill(byte), wrappingSuite })
  }

  async function officialMessage(): Promise<Buffer> {
    const generator = new aws.KmsKeyringNode({
      clientProvider: () => sdk,
      generatorKeyId: keys[0]!,
      keyIds: keys.slice(1),
    })
    const keyring = new aws.MultiKeyringNode({ generator, children: [officialRaw(1)] })
    return (await official.encrypt(keyring, Buffer.from('text'), { encryptionContext: context })).result
  }

  async function ourError(): Promise<EnvelopeError> {
    const wrappingKey = new Uint8Array(32).fill(2)
    const raw = rawAes({ namespace: RAW.keyNamespace, name: RAW.keyName, wrappingKey })
    const envelope = new Envelope({ keyring: anyOf(ours.key(keys[0]!, keys.slice(1)), raw) })
    const read = envelope.decrypt(message, { expect: context })
    return read.then(
      () => assert.fail('it opened'),
      (error: unknown) => error as EnvelopeError,
    )
  }

  test('says for each key what the SDK is told of it', async () => {
    const { code, attempts, message: text } = await ourError()
    assert.equal(code, 'NO_KEY_OPENS')
    const { header } = await readUnverifiedHeader(pieces(message))
    const named = header.encryptedDataKeys.map(({ providerId }) => providerId)
    assert.deepEqual(named, ['aws-kms', 'aws-kms', 'aws-kms', 'vault'])
    const codes: string[] = []
    for (const [index, KeyId] of keys.entries()) {
      const CiphertextBlob = header.encryptedDataKeys[index]!.ciphertext
      const answer = sdk.decrypt({ KeyId, CiphertextBlob, EncryptionContext: { ...header.context } })
      const told = await answer.then(
        () => assert.fail('it opened'),
        (error: unknown) => error as Error,
      )
      codes.push(told.name)
      const { provider, key, tried, reason } = attempts[index]!
      assert.deepEqual({ provider, key, tried }, { provider: 'aws-kms', key: KeyId, tried: true })
      assert.equal(reason, `${told.name}: ${told.message}`)
      assert.ok(text.includes(KeyId) && text.includes(reason))
    }
    assert.deepEqual(codes, ['DisabledException', 'KMSInvalidStateException', 'AccessDeniedException'])
    const raw = { provider: 'vault', key: 'blue', tried: true }
    assert.deepEqual(attempts[3], { ...raw, reason: 'the key does not open it, or the context is another.' })
  })

  test('says so by the command, too, where the official client names no key', async () => {
    await using files = await folder()
    const file = files.path('sealed.kh')
    await writeFile(file, message)
    const env = { ...clientEnvironment(server), AWS_ENDPOINT_URL_KMS: server.endpoint }
    const { status, stdout, stderr } = await keyhold(['decrypt', ...keys.flatMap((key) => ['-k', key]), file], env)
    assert.notEqual(status, 0)
    assert.equal(stdout, '')
    for (const key of keys) assert.ok(stderr.includes(key), stderr)
    for (const code of ['Disabled', 'KMSInvalidState', 'AccessDenied'])
      assert.match(stderr, new RegExp(`${code}Exception`))
    assert.match(stderr, /vault/)
    await assert.rejects(official.decrypt(officialRaw(2), message), ({ message: told }: Error) => {
      return !told.includes('vault') && !told.includes('blue')
    })
  })
})

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
