/** What the memory of a server that has returned data keys contains, as in a core dump. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { KMS } from '@aws-sdk/client-kms'
import { occurrencesIn, skipsMemory } from '../tools/testing/process-memory.ts'
import { startServer, type TestServer } from './server.ts'

const TIMES = 8

describe('after use, the memory of the server', { skip: skipsMemory }, () => {
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

  test('holds none of the data keys that it made and decrypted, nor their base64', async () => {
    const { KeyMetadata } = await sdk.createKey({})
    const KeyId = KeyMetadata!.Arn!
    const dataKeys: Buffer[] = []
    for (let count = 0; count < TIMES; count++) {
      const { Plaintext, CiphertextBlob } = await sdk.generateDataKey({ KeyId, KeySpec: 'AES_256' })
      await sdk.decrypt({ CiphertextBlob })
      dataKeys.push(Buffer.from(Plaintext!))
    }
    await sdk.describeKey({ KeyId }) // by then the server knows that its last answer has gone
    const base64 = dataKeys.map((dataKey) => Buffer.from(dataKey.toString('base64')))
    const [arns, ...found] = occurrencesIn(server.pid, [Buffer.from(KeyId), ...dataKeys, ...base64])
    assert.ok(arns! > TIMES, `the key's ARN was found ${arns} times: the search is blind`)
    assert.deepEqual(
      found,
      [...dataKeys, ...base64].map(() => 0),
    )
  })
})
