/** The library as people write it, against two services: ours, and another in the part of AWS. */
import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { KMS, KMSClient } from '@aws-sdk/client-kms'
import { anyOf, Envelope, kms, type KeyArn, type KmsConnection } from '@keyhold/client'
import { clientOf } from './client-of.ts'
import { startServer, type TestServer } from './server.ts'

const bytes = new TextEncoder().encode('12 crates')
const context = { tenant: 't-17' }

describe('the client library', () => {
  let folder: string
  let servers: TestServer[]
  let ours: KmsConnection
  let aws: KmsConnection
  let keyArn: KeyArn
  let awsArn: KeyArn
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keyhold-api-'))
    servers = await Promise.all([startServer(), startServer()])
    const [first, second] = servers as [TestServer, TestServer]
    ours = clientOf(first)
    aws = clientOf(second)
    keyArn = await createKey(ours)
    awsArn = await createKey(aws)
  })
  after(async () => {
    for (const server of servers ?? []) await server.stop()
    await rm(folder, { recursive: true, force: true })
  })

  test('encrypts bytes, files and streams under a key', async () => {
    const orders = new Envelope({ keyring: ours.key(keyArn) })
    const message = await orders.encrypt(bytes, { context })
    const { plaintext } = await orders.decrypt(message, { expect: context })
    assert.deepEqual(plaintext, bytes)

    const [dump, sealed, opened] = ['db.dump', 'db.kh', 'db.out'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    await writeFile(dump, bytes)
    await orders.encryptFile(dump, sealed, { context })
    await orders.decryptFile(sealed, opened, { expect: context })
    assert.deepEqual(new Uint8Array(await readFile(opened)), bytes)

    const source = new Blob([bytes]).stream()
    const pieces: Uint8Array[] = []
    const sink = new WritableStream<Uint8Array>({ write: (piece) => void pieces.push(piece) })
    await source.pipeThrough(orders.encryptStream({ context })).pipeTo(sink)
    assert.deepEqual((await orders.decrypt(Buffer.concat(pieces), { expect: context })).plaintext, bytes)
  })

  test('encrypts under keys of two services, either of which opens', async () => {
    const both = new Envelope({ keyring: anyOf(ours.key(keyArn), aws.key(awsArn)) })
    const message = await both.encrypt(bytes, { context })
    for (const keyring of [ours.key(keyArn), aws.key(awsArn), anyOf(aws.key(awsArn), ours.key(keyArn))]) {
      assert.deepEqual((await new Envelope({ keyring }).decrypt(message, { expect: context })).plaintext, bytes)
    }
  })

  test('saves calls within limits', async () => {
    const cache = { maxAgeMs: 300_000, maxMessages: 1_000, maxBytes: 2 ** 30 }
    const fast = new Envelope({ keyring: ours.key(keyArn), cache })
    for (let count = 0; count < 3; count++) await fast.encrypt(bytes, { context })
    assert.equal(fast.cache.stats.callsSaved, 2)
  })

  test('takes region, credentials and endpoint of a client of the AWS SDK', async () => {
    const { endpoint, region, credentials } = servers[0]!
    for (const client of [
      new KMSClient({ endpoint, region, credentials }),
      new KMS({ endpoint, region, credentials }),
    ]) {
      const envelope = new Envelope({ keyring: kms({ client }).key(keyArn) })
      const message = await envelope.encrypt(bytes, { context })
      assert.deepEqual((await envelope.decrypt(message, { expect: context })).plaintext, bytes)
      client.destroy()
    }
  })

  test('takes no alias for a key', () => {
    // @ts-expect-error an alias may point elsewhere tomorrow
    assert.throws(() => ours.key('alias/orders'), { code: 'INVALID_ARGUMENT' })
    // @ts-expect-error and so may its ARN
    assert.throws(() => ours.key('arn:aws:kms:eu-central-1:111122223333:alias/orders'), { code: 'INVALID_ARGUMENT' })
    // @ts-expect-error what a reader expects is compulsory
    const careless = (envelope: Envelope): unknown => envelope.decrypt(bytes, {})
    // @ts-expect-error and so is each limit of a cache
    const unlimited = (): unknown => new Envelope({ keyring: ours.key(keyArn), cache: { maxAgeMs: 1000 } })
    assert.ok(careless)
    assert.throws(unlimited, { code: 'INVALID_ARGUMENT' })
  })
})

async function createKey(service: KmsConnection): Promise<KeyArn> {
  const { KeyMetadata } = await service.call('CreateKey', {})
  return service.resolve(KeyMetadata!.Arn!)
}
