import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as fc from 'fast-check'
import { ANY_CONTEXT, Envelope, EnvelopeError, rawAes } from '../src/index.ts'
import type { EncryptedDataKey } from '../src/message/encrypted-data-keys.ts'
import { scratchBytes } from '../src/base/bytes.ts'
import { COMMITTED, COMMITTED_SIGNED } from '../src/message/suites.ts'
import { drawn } from '../../../tools/testing/draws.ts'
import { chunked, collector, fixedKeyring, pattern, testEnvelope } from './support/messages.ts'

const FRAME = 64
const SIZES = [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME, 5 * FRAME + 3]
const CHUNKS = [1, 7, FRAME, 1000]
const context = { tenant: 't-17', purpose: 'backup' }

const code =
  (...expected: string[]) =>
  (error: unknown) =>
    error instanceof EnvelopeError && expected.includes(error.code)

for (const signed of [true, false]) {
  describe(signed ? 'a signed message' : 'an unsigned message', () => {
    for (const size of SIZES) {
      test(`of ${size} bytes comes back, whole and in chunks of any size`, async () => {
        const { envelope } = testEnvelope({ signed, frameLength: FRAME })
        const plaintext = pattern(size)
        const message = await envelope.encrypt(plaintext, { context })
        const whole = await envelope.decrypt(message, { expect: context })
        assert.deepEqual(whole.plaintext, plaintext)
        assert.equal(whole.header.suite, signed ? COMMITTED_SIGNED : COMMITTED)
        for (const chunk of CHUNKS) {
          const written = collector()
          await envelope.encryptFile(chunked(plaintext, chunk), written, { context })
          if (!signed) assert.equal(written.bytes().length, message.length) // ECDSA signatures differ in length
          const read = collector()
          await envelope.decryptFile(chunked(written.bytes(), chunk), read, { expect: context })
          assert.deepEqual(new Uint8Array(read.bytes()), plaintext)
        }
      })
    }

    test('comes back through streams', async () => {
      const { envelope } = testEnvelope({ signed, frameLength: FRAME })
      const plaintext = pattern(1000)
      const encrypted = ReadableStream.from(chunked(plaintext, 300)).pipeThrough(envelope.encryptStream({ context }))
      const decrypted = encrypted.pipeThrough(envelope.decryptStreamUnverified({ expect: context }))
      assert.deepEqual(new Uint8Array(await new Response(decrypted).arrayBuffer()), plaintext)
    })

    test('is refused with any byte of it changed, and never opens as something else', async () => {
      const { envelope } = testEnvelope({ signed, frameLength: FRAME })
      const message = await envelope.encrypt(pattern(3 * FRAME - 5), { context })
      for (let index = 0; index < message.length; index++) {
        const changed = message.slice()
        changed[index]! ^= 1 << (index % 8)
        await assert.rejects(envelope.decrypt(changed, { expect: ANY_CONTEXT }), EnvelopeError, `byte ${index}`)
      }
    })

    test('is refused cut off anywhere, fed whole or byte by byte', async () => {
      const { envelope } = testEnvelope({ signed, frameLength: FRAME })
      const message = await envelope.encrypt(pattern(FRAME + 5), { context })
      const lengths = Array.from({ length: message.length }, (_, length) => length)
      const fedByBytes = new Set([0, 1, message.length - 1, ...drawn(lengths)])
      for (const length of lengths) {
        const cut = message.subarray(0, length)
        await assert.rejects(envelope.decrypt(cut, { expect: ANY_CONTEXT }), code('TRUNCATED'), `at ${length}`)
        // Each takes as long as all of it at once does for a hundred lengths.
        if (!fedByBytes.has(length)) continue
        const fed = envelope.decryptFile(chunked(cut, 1), collector(), { expect: ANY_CONTEXT })
        await assert.rejects(fed, code('TRUNCATED'), `byte by byte to ${length}`)
      }
    })

    test('is refused with anything behind its end', async () => {
      const { envelope } = testEnvelope({ signed, frameLength: FRAME })
      const message = await envelope.encrypt(pattern(FRAME), { context })
      for (const tail of [Uint8Array.of(0), message]) {
        const longer = Buffer.concat([message, tail])
        await assert.rejects(envelope.decrypt(longer, { expect: ANY_CONTEXT }), code('TRAILING_BYTES'))
        const fed = envelope.decryptFile(chunked(longer, 1), collector(), { expect: ANY_CONTEXT })
        await assert.rejects(fed, code('TRAILING_BYTES'))
      }
    })

    test('is refused with any mutation of its bytes', async () => {
      const { envelope } = testEnvelope({ signed, frameLength: FRAME })
      const message = await envelope.encrypt(pattern(5 * FRAME), { context })
      const edit = fc.record({
        start: fc.nat(message.length),
        removed: fc.nat(40),
        inserted: fc.uint8Array({ maxLength: 40 }),
      })
      await fc.assert(
        fc.asyncProperty(edit, async ({ start, removed, inserted }) => {
          const parts = [message.subarray(0, start), inserted, message.subarray(start + removed)]
          const edited = Buffer.concat(parts)
          fc.pre(!edited.equals(message))
          await assert.rejects(envelope.decrypt(edited, { expect: ANY_CONTEXT }), EnvelopeError)
        }),
        { numRuns: 1000 },
      )
    })
  })
}

/** Unsigned, so that nothing but the frames themselves can notice. */
describe('the frames of a message', () => {
  const regular = 4 + 12 + FRAME + 16

  async function framed(): Promise<{
    envelope: Envelope
    header: Uint8Array
    frames: Uint8Array[]
    final: Uint8Array
  }> {
    const { envelope } = testEnvelope({ signed: false, frameLength: FRAME })
    const message = await envelope.encrypt(pattern(3 * FRAME + 1), { context })
    const finalBytes = 4 + 4 + 12 + 4 + 1 + 16
    const bodyStart = message.length - finalBytes - 3 * regular
    const frames = [0, 1, 2].map((n) => message.subarray(bodyStart + n * regular, bodyStart + (n + 1) * regular))
    return { envelope, header: message.subarray(0, bodyStart), frames, final: message.subarray(-finalBytes) }
  }

  test('open in their order alone', async () => {
    const { envelope, header, frames, final } = await framed()
    const [first, second, third] = frames as [Uint8Array, Uint8Array, Uint8Array]
    const orders = [[second, first, third], [first, first, second, third], [first, third], [second, third], []]
    for (const order of orders) {
      const message = Buffer.concat([header, ...order, final])
      await assert.rejects(envelope.decrypt(message, { expect: ANY_CONTEXT }), code('MALFORMED_MESSAGE'))
    }
    const whole = Buffer.concat([header, ...frames, final])
    assert.equal((await envelope.decrypt(whole, { expect: ANY_CONTEXT })).plaintext.length, 3 * FRAME + 1)
  })

  test('cannot be renumbered', async () => {
    const { envelope, header, frames, final } = await framed()
    const renumbered = Buffer.from(frames[1]!)
    renumbered.writeUInt32BE(1, 0)
    renumbered.writeUInt32BE(1, 12)
    const message = Buffer.concat([header, renumbered, ...frames.slice(1), final])
    await assert.rejects(envelope.decrypt(message, { expect: ANY_CONTEXT }), code('NOT_AUTHENTIC'))
  })

  test('of two messages under one data key do not mix', async () => {
    const envelope = new Envelope({ keyring: fixedKeyring(pattern(32)), signed: false, frameLength: FRAME })
    const [one, two] = [await envelope.encrypt(pattern(10)), await envelope.encrypt(pattern(10))]
    const bodyBytes = 4 + 4 + 12 + 4 + 10 + 16
    const mixed = Buffer.concat([one.subarray(0, -bodyBytes), two.subarray(-bodyBytes)])
    await assert.rejects(envelope.decrypt(mixed, { expect: ANY_CONTEXT }), code('NOT_AUTHENTIC'))
  })
})

describe('what is expected of the context', () => {
  test('is checked before any key is asked for', async () => {
    const { envelope, kms } = testEnvelope()
    const message = await envelope.encrypt(pattern(10), { context })
    const callsBefore = kms.calls.length
    await assert.rejects(envelope.decrypt(message, { expect: { tenant: 't-18' } }), code('CONTEXT_MISMATCH'))
    assert.equal(kms.calls.length, callsBefore)
  })

  test('does not include the reserved pair, which a reader may still name', async () => {
    const { envelope } = testEnvelope()
    const message = await envelope.encrypt(pattern(10), { context })
    const { header } = await envelope.decrypt(message, { expect: context })
    assert.deepEqual(Object.keys(header.context).toSorted(), ['aws-crypto-public-key', 'purpose', 'tenant'])
    await assert.rejects(envelope.encrypt(pattern(1), { context: { ...header.context } }), code('INVALID_CONTEXT'))
  })
})

test('what is handed out shares no memory with what the library works with', async () => {
  const envelope = new Envelope({
    keyring: rawAes({ namespace: 'n', name: 'k', wrappingKey: pattern(32) }),
    signed: false,
    frameLength: FRAME,
  })
  const handedOut: Uint8Array[] = []
  const stream = ReadableStream.from([pattern(3 * FRAME)]).pipeThrough(envelope.encryptStream({ context }))
  for await (const chunk of stream) handedOut.push(chunk)
  const written = await envelope.encryptFile(chunked(pattern(3 * FRAME), FRAME), {
    write: (pieces) => Promise.resolve(void handedOut.push(...pieces)),
  })
  const message = await envelope.encrypt(pattern(1), { context })
  const { plaintext, header } = await envelope.decrypt(message, { expect: context })
  for (const { messageId, commitment, encryptedDataKeys } of [written, header]) {
    const [{ providerInfo, ciphertext }] = encryptedDataKeys as [EncryptedDataKey]
    handedOut.push(messageId, commitment, providerInfo, ciphertext)
  }
  const scratch = scratchBytes(1).buffer
  assert.ok(handedOut.length > 12)
  for (const { buffer } of [...handedOut, message, plaintext]) assert.notEqual(buffer, scratch)
})

test('no data key outlives the call that used it', async () => {
  const { envelope, kms } = testEnvelope()
  const message = await envelope.encrypt(pattern(10), { context })
  await envelope.decrypt(message, { expect: ANY_CONTEXT })
  message[message.length - 1]! ^= 1
  await assert.rejects(envelope.decrypt(message, { expect: ANY_CONTEXT }))
  assert.equal(kms.secrets.length, 3)
  for (const secret of kms.secrets) assert.ok(secret.reveal().every((byte) => byte === 0))
})

test('a message that commits to another data key is refused before that key is used', async () => {
  const message = await new Envelope({ keyring: fixedKeyring(pattern(32)), signed: false }).encrypt(pattern(10))
  const other = new Envelope({ keyring: fixedKeyring(new Uint8Array(32)) })
  await assert.rejects(other.decrypt(message, { expect: ANY_CONTEXT }), {
    code: 'NOT_AUTHENTIC',
    message: /commits to another data key/,
  })
})

test('a data key of the wrong length is refused', async () => {
  const envelope = new Envelope({ keyring: fixedKeyring(pattern(16)) })
  await assert.rejects(envelope.encrypt(pattern(10)), code('INVALID_DATA_KEY'))
})

describe('a reader', () => {
  test('says what is wrong with bytes that are not a message', async () => {
    const { envelope } = testEnvelope()
    const message = await envelope.encrypt(pattern(10))
    const base64 = Buffer.from(Buffer.from(message).toString('base64'))
    await assert.rejects(envelope.decrypt(base64, { expect: ANY_CONTEXT }), {
      code: 'MALFORMED_MESSAGE',
      message: /base64/,
    })
    for (const [hex, problem] of [
      ['0280', 'UNSUPPORTED_MESSAGE'], // no such suite
      ['018099', 'UNSUPPORTED_MESSAGE'],
      ['0181', 'MALFORMED_MESSAGE'], // not the type of a message
      ['020378', 'MALFORMED_MESSAGE'], // a suite of version 1 in a message of version 2
      ['01800578', 'MALFORMED_MESSAGE'],
    ] as const) {
      const message = Buffer.from(hex.padEnd(8, '0'), 'hex')
      await assert.rejects(envelope.decrypt(message, { expect: ANY_CONTEXT }), code(problem), hex)
    }
    await assert.rejects(envelope.decrypt(Buffer.from('%PDF'), { expect: ANY_CONTEXT }), code('MALFORMED_MESSAGE'))
  })

  test('refuses what exceeds its limits before any key is asked for', async () => {
    const { envelope, kms } = testEnvelope({ frameLength: 2 ** 20 })
    const message = await envelope.encrypt(pattern(10), { context })
    const calls = kms.calls.length
    for (const limits of [{ maxFrameLength: 2 ** 16 }, { maxEncryptedDataKeys: 0 }, { maxHeaderBytes: 100 }]) {
      const strict = new Envelope({ keyring: fixedKeyring(pattern(32)), frameLength: 1024, limits })
      await assert.rejects(strict.decrypt(message, { expect: ANY_CONTEXT }), code('LIMIT_EXCEEDED'))
    }
    assert.equal(kms.calls.length, calls)
  })

  test('survives any bytes', async () => {
    const { envelope } = testEnvelope()
    const beginning = fc.constantFrom('', '02', '020478', '020578', '0204780000')
    await fc.assert(
      fc.asyncProperty(beginning, fc.uint8Array({ maxLength: 300 }), async (hex, bytes) => {
        const message = Buffer.concat([Buffer.from(hex, 'hex'), bytes])
        await assert.rejects(envelope.decrypt(message, { expect: ANY_CONTEXT }), EnvelopeError)
      }),
      { numRuns: 1000 },
    )
  })
})

test('a frame length that no message can have is refused', () => {
  for (const frameLength of [0, -1, 1.5, 2 ** 32, Number.NaN]) {
    assert.throws(() => testEnvelope({ frameLength }), code('INVALID_ARGUMENT'))
  }
})
