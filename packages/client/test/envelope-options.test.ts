/** What an envelope can be asked for beside encrypting and decrypting bytes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ANY_CONTEXT, anyOf, Envelope, EnvelopeError, rawAes } from '../src/index.ts'
import { legacy as official, officialRawAes } from './support/official.ts'
import { chunked, collector, pattern, testEnvelope } from './support/messages.ts'

const context = { tenant: 't-17', path: 'a/b' }
const keyring = rawAes({ namespace: 'n', name: 'k', wrappingKey: pattern(32) })

const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected

describe('required context', () => {
  const commitmentPolicy = 'REQUIRE_ENCRYPT_ALLOW_DECRYPT'
  const bound = new Envelope({ keyring, requiredContext: ['path'] })

  test('is authenticated, and not stored', async () => {
    const message = await bound.encrypt(pattern(9), { context })
    assert.ok(!Buffer.from(message).includes('a/b'))
    const { plaintext, header } = await bound.decrypt(message, { expect: context })
    assert.deepEqual(plaintext, pattern(9))
    assert.equal(header.context['path'], undefined)
    assert.equal(header.context['tenant'], 't-17')
  })

  test('that differs opens nothing, be it the keyring that notices or the header', async () => {
    const message = await bound.encrypt(pattern(9), { context })
    await assert.rejects(bound.decrypt(message, { expect: { ...context, path: 'a/c' } }), code('NO_KEY_OPENS'))
    const careless = {
      onEncrypt: keyring.onEncrypt.bind(keyring),
      onDecrypt: async (request: Parameters<typeof keyring.onDecrypt>[0]) =>
        keyring.onDecrypt({ ...request, context: { ...request.context, path: 'a/b' } }),
    }
    const reader = new Envelope({ keyring: careless, requiredContext: ['path'] })
    await assert.rejects(reader.decrypt(message, { expect: { ...context, path: 'a/c' } }), code('NOT_AUTHENTIC'))
  })

  test('must be given by the writer, and known by the reader', async () => {
    await assert.rejects(bound.encrypt(pattern(9), { context: { tenant: 't-17' } }), code('INVALID_CONTEXT'))
    const message = await bound.encrypt(pattern(9), { context })
    for (const expect of [{ tenant: 't-17' }, ANY_CONTEXT] as const) {
      await assert.rejects(bound.decrypt(message, { expect }), code('INVALID_CONTEXT'))
    }
    const ignorant = new Envelope({ keyring })
    await assert.rejects(ignorant.decrypt(message, { expect: ANY_CONTEXT }), code('NO_KEY_OPENS'))
    await assert.rejects(ignorant.decrypt(message, { expect: context }), code('CONTEXT_MISMATCH'))
  })

  test('may be stored by a writer who did not require it: the official client’s messages open', async () => {
    const theirs = officialRawAes('n', 'k', pattern(32))
    const { result } = await official.encrypt(theirs, Buffer.from('text'), { encryptionContext: context })
    const reader = new Envelope({ keyring, requiredContext: ['path'], commitmentPolicy })
    assert.equal(Buffer.from((await reader.decrypt(result, { expect: context })).plaintext).toString(), 'text')
    await assert.rejects(reader.decrypt(result, { expect: { path: 'a/c' } }), code('CONTEXT_MISMATCH'))
  })

  test('cannot be a reserved name', () => {
    assert.throws(() => new Envelope({ keyring, requiredContext: ['aws-crypto-public-key'] }), code('INVALID_CONTEXT'))
  })
})

describe('a stream', () => {
  const signed = new Envelope({ keyring, frameLength: 64 })
  const unsigned = new Envelope({ keyring, frameLength: 64, signed: false })
  const piped = async (
    message: Uint8Array,
    transform: TransformStream<Uint8Array, Uint8Array>,
  ): Promise<Uint8Array<ArrayBuffer>> =>
    new Uint8Array(await new Response(ReadableStream.from(chunked(message, 50)).pipeThrough(transform)).arrayBuffer())

  test('of an unsigned message is decrypted by what releases nothing unverified', async () => {
    const message = await unsigned.encrypt(pattern(1000))
    assert.deepEqual(await piped(message, signed.decryptStream({ expect: ANY_CONTEXT })), pattern(1000))
  })

  test('of a signed message is refused by it, before any key is asked for', async () => {
    const { envelope, kms } = testEnvelope()
    const message = await envelope.encrypt(pattern(1000))
    kms.calls.length = 0
    await assert.rejects(piped(message, envelope.decryptStream({ expect: ANY_CONTEXT })), code('SIGNED_MESSAGE'))
    assert.deepEqual(kms.calls, [])
    const unverified = envelope.decryptStreamUnverified({ expect: ANY_CONTEXT })
    assert.deepEqual(await piped(message, unverified), pattern(1000))
  })

  test('that is longer than announced is refused', async () => {
    const announced = unsigned.encryptStream({ plaintextBytes: 999 })
    await assert.rejects(piped(pattern(1000), announced), code('LIMIT_EXCEEDED'))
    const message = await piped(pattern(1000), unsigned.encryptStream({ plaintextBytes: 1000 }))
    assert.deepEqual((await signed.decrypt(message, { expect: ANY_CONTEXT })).plaintext, pattern(1000))
  })
})

describe('text', () => {
  const envelope = new Envelope({ keyring })

  test('becomes base64 and comes back', async () => {
    for (const text of ['', 'größe \u{1f511}', '\ufeffmark', 'x'.repeat(100_000)]) {
      const message = await envelope.encryptText(text, { context })
      assert.match(message, /^[A-Za-z0-9+/]+=*$/)
      assert.equal(await envelope.decryptText(message, { expect: context }), text)
    }
  })

  test('that could not come back is refused', async () => {
    await assert.rejects(envelope.encryptText('\ud800'), code('INVALID_ARGUMENT'))
    await assert.rejects(envelope.decryptText('AYADeA=', { expect: ANY_CONTEXT }), code('MALFORMED_MESSAGE'))
    const bytes = Buffer.from(await envelope.encrypt(Uint8Array.of(0xff))).toString('base64')
    await assert.rejects(envelope.decryptText(bytes, { expect: ANY_CONTEXT }), code('NOT_TEXT'))
  })
})

describe('a cache', () => {
  const cache = { maxAgeMs: 60_000, maxMessages: 100, maxBytes: 2 ** 20 }

  for (const signed of [true, false]) {
    test(`saves calls, and ${signed ? 'signed' : 'unsigned'} messages stay apart in all but their data key`, async () => {
      const { envelope, kms } = testEnvelope({ cache, signed })
      const messages = [
        await envelope.encrypt(pattern(9), { context }),
        await envelope.encrypt(pattern(9), { context }),
      ]
      assert.notDeepEqual(messages[0], messages[1])
      for (const message of messages) {
        assert.deepEqual((await envelope.decrypt(message, { expect: context })).plaintext, pattern(9))
      }
      assert.deepEqual(
        kms.calls.map(({ operation }) => operation),
        ['GenerateDataKey', 'Decrypt'],
      )
      assert.equal(envelope.cache.stats.callsSaved, 2)
      envelope.cache.clear()
      assert.equal(envelope.cache.stats.entries, 0)
      for (const secret of kms.secrets) assert.ok(secret.reveal().every((byte) => byte === 0))
    })
  }

  test('serves files, whose length is known, and streams whose length was announced', async () => {
    const { envelope, kms } = testEnvelope({ cache, signed: false })
    await envelope.encryptFile(import.meta.filename, collector())
    await envelope.encryptFile(import.meta.filename, collector())
    await envelope.encryptFile(chunked(pattern(10), 3), collector(), { plaintextBytes: 10 })
    assert.equal(kms.calls.length, 1)
    await envelope.encryptFile(chunked(pattern(10), 3), collector())
    assert.equal(kms.calls.length, 2)
  })

  test('that was not asked for holds nothing', async () => {
    const { envelope } = testEnvelope()
    await envelope.encrypt(pattern(1))
    envelope.cache.clear()
    assert.deepEqual(envelope.cache.stats, { callsSaved: 0, callsMade: 0, entries: 0, evictions: 0 })
  })
})

test('no more encrypted data keys are written than this client reads', async () => {
  const envelope = new Envelope({ keyring: anyOf(keyring, keyring), limits: { maxEncryptedDataKeys: 1 } })
  await assert.rejects(envelope.encrypt(pattern(1)), code('LIMIT_EXCEEDED'))
})

test('no longer frames are written than this client reads', () => {
  const make = (): Envelope => new Envelope({ keyring, frameLength: 1001, limits: { maxFrameLength: 1000 } })
  assert.throws(make, code('INVALID_ARGUMENT'))
})
