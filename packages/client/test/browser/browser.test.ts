/** The client for browsers, under Node's WebCrypto, both ways with the client for Node. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { Secret } from '@keyhold/protocol'
import * as browser from '../../src/browser/index.ts'
import { webCryptography } from '../../src/browser/cryptography.ts'
import * as node from '../../src/index.ts'
import { isCommitting, SUITES } from '../../src/message/suites.ts'
import { browserBundle } from '../support/bundle.ts'
import { MemoryKms } from '../support/memory-kms.ts'
import { KmsKeyring } from '../../src/keyrings/kms-keyring.ts'
import { pattern } from '../support/messages.ts'
import { answer, scriptedServer } from '../support/scripted-server.ts'

const FRAME = 64
const context = { tenant: 't-17', über: 'ä' }
const key = { namespace: 'n', name: 'k', wrappingKey: pattern(32) }

for (const suite of SUITES.filter(({ kdfHash }) => kdfHash !== undefined)) {
  test(`messages in ${suite.name} go both ways`, async () => {
    const commitmentPolicy = isCommitting(suite) ? 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT' : 'FORBID_ENCRYPT_ALLOW_DECRYPT'
    const options = { suite: suite.name, commitmentPolicy, frameLength: FRAME } as const
    const here = new browser.Envelope({ keyring: browser.rawAes(key), ...options })
    const there = new node.Envelope({ keyring: node.rawAes(key), ...options })
    for (const size of [0, 1, FRAME, FRAME + 1, 5 * FRAME + 3]) {
      for (const [writer, reader] of [
        [here, there],
        [there, here],
        [here, here],
      ] as const) {
        const message = await writer.encrypt(pattern(size), { context })
        assert.deepEqual((await reader.decrypt(message, { expect: context })).plaintext, pattern(size))
      }
    }
    const message = await here.encrypt(pattern(FRAME + 5), { context })
    for (let index = 0; index < message.length; index += 3) {
      const changed = message.slice()
      changed[index]! ^= 1 << (index % 8)
      await assert.rejects(here.decrypt(changed, { expect: browser.ANY_CONTEXT }), browser.EnvelopeError, `${index}`)
    }
  })
}

test('streams go both ways, and text does', async () => {
  const here = new browser.Envelope({ keyring: browser.rawAes(key), signed: false })
  const there = new node.Envelope({ keyring: node.rawAes(key), signed: false })
  for (const [writer, reader] of [
    [here, there],
    [there, here],
  ] as const) {
    const plaintext = new Blob([pattern(300_000)]).stream()
    const way = plaintext
      .pipeThrough(writer.encryptStream({ context }))
      .pipeThrough(reader.decryptStream({ expect: context }))
    assert.deepEqual(new Uint8Array(await new Response(way).arrayBuffer()), pattern(300_000))
    assert.equal(await reader.decryptText(await writer.encryptText('Zürich'), { expect: {} }), 'Zürich')
  }
})

test('the published messages open', async () => {
  const file = new URL('../../../../vectors/message/version-2.json', import.meta.url)
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
    vectors: Record<'dataKey' | 'message' | 'plaintext', string>[]
  }
  assert.ok(vectors.length > 4)
  for (const vector of vectors) {
    const keyring: browser.Keyring = {
      onEncrypt: () => Promise.reject(new Error('it only reads')),
      onDecrypt: () => Promise.resolve({ dataKey: Secret.of(Buffer.from(vector.dataKey, 'hex')) }),
    }
    const message = new Uint8Array(Buffer.from(vector.message, 'hex'))
    const { plaintext } = await new browser.Envelope({ keyring }).decrypt(message, { expect: browser.ANY_CONTEXT })
    assert.equal(Buffer.from(plaintext).toString('hex'), vector.plaintext)
  }
})

test('keyrings of a KMS, and several keyrings, work as they do in Node', async () => {
  const kms = new MemoryKms()
  const keyring = browser.anyOf(new KmsKeyring({ kms, generator: kms.createKey() }), browser.rawAes(key))
  const message = await new browser.Envelope({ keyring }).encrypt(pattern(9), { context })
  const { plaintext } = await new node.Envelope({ keyring: node.rawAes(key) }).decrypt(message, { expect: context })
  assert.deepEqual(plaintext, pattern(9))
})

describe('the driver', () => {
  test('compares bytes, and takes no point that is not one, or not compressed', async () => {
    assert.ok(webCryptography.equal(pattern(9), pattern(9)))
    for (const other of [pattern(8), pattern(9).fill(0, 8), new Uint8Array(0)]) {
      assert.ok(!webCryptography.equal(pattern(9), other))
    }
    const { signature } = SUITES.at(-1)!
    const { publicKey } = await webCryptography.signingKey(signature!)
    assert.ok((await webCryptography.verifier(signature!, publicKey)) !== undefined)
    for (const bad of [
      publicKey.subarray(1),
      publicKey.with(0, 4),
      new Uint8Array(49),
      new Uint8Array(49).fill(0xff),
    ]) {
      assert.equal(await webCryptography.verifier(signature!, bad), undefined)
    }
  })

  test('refuses to hold more than 64 MiB of a signed message', async () => {
    const signer = (await webCryptography.signingKey(SUITES.at(-1)!.signature!)).signer()
    assert.throws(() => signer.update(new Uint8Array(64 * 2 ** 20 + 1)), { code: 'LIMIT_EXCEEDED' })
  })
})

test('calls a KMS by fetch, signed, and says why there is no answer', async () => {
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
  await using server = await scriptedServer(answer(200, { Keys: [] }), answer(400, { __type: 'AccessDeniedException' }))
  const service = browser.kms({ region: 'eu-central-1', endpoint: server.endpoint, credentials })
  assert.deepEqual(await service.call('ListKeys', {}), { Keys: [] })
  const { headers } = server.received[0]!
  assert.match(headers.authorization!, /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-central-1\/kms\/aws4_request/)
  assert.equal(headers.host, new URL(server.endpoint).host)
  await assert.rejects(service.call('ListKeys', {}), { code: 'AccessDeniedException' })
  const unreachable = browser.kms({
    region: 'r',
    endpoint: 'http://127.0.0.1:1',
    credentials,
    retry: { maxAttempts: 1 },
  })
  await assert.rejects(unreachable.call('ListKeys', {}), { code: 'UNREACHABLE', message: /CORS/ })
  assert.throws(() => browser.kms({ regoin: 'r' } as never), { code: 'INVALID_ARGUMENT' })
})

test('signs as the client for Node does', async () => {
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' }
  await using server = await scriptedServer(answer(200, {}))
  const options = { region: 'eu-central-1', endpoint: server.endpoint, credentials }
  for (let attempt = 0; attempt < 20; attempt++) {
    await Promise.all([browser.kms(options).call('ListKeys', {}), node.kms(options).call('ListKeys', {})])
    const [one, other] = server.received.slice(-2)
    if (one!.headers['x-amz-date'] !== other!.headers['x-amz-date']) continue
    assert.equal(one!.headers.authorization, other!.headers.authorization)
    return
  }
  assert.fail('never two calls within one second')
})

test('a bundle has no module of Node’s, and less than 60 KiB as it is sent', async () => {
  const bundle = await browserBundle()
  assert.doesNotMatch(bundle, /["']node:|\brequire\(/)
  assert.ok(gzipSync(bundle, { level: 9 }).length < 60 * 1024)
})
