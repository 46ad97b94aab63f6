import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ANY_CONTEXT, Envelope, EnvelopeError, rawAes } from '../src/index.ts'
import type { EnvelopeOptions } from '../src/envelope/envelope.ts'
import { COMMITTED, isCommitting, SUITES } from '../src/message/suites.ts'
import { legacyMessage, randomIv } from './support/legacy-writer.ts'
import { chunked, collector, fixedKeyring, pattern } from './support/messages.ts'
import { legacy as official, officialRawAes } from './support/official.ts'

const FRAME = 64
const context = { tenant: 't-17' }
const keyring = rawAes({ namespace: 'ours', name: 'one', wrappingKey: pattern(32) })

const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected

function envelopeOf(options: Partial<EnvelopeOptions>): Envelope {
  return new Envelope({ keyring, frameLength: FRAME, ...options })
}

const WRITABLE = SUITES.filter(({ kdfHash }) => kdfHash !== undefined)
const FORBID = 'FORBID_ENCRYPT_ALLOW_DECRYPT'
const REQUIRE = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT'

for (const suite of WRITABLE) {
  describe(suite.name, () => {
    const envelope = envelopeOf({ suite: suite.name, commitmentPolicy: isCommitting(suite) ? REQUIRE : FORBID })

    for (const size of [0, 1, FRAME - 1, FRAME, FRAME + 1, 3 * FRAME]) {
      test(`${size} bytes come back, whole and byte by byte`, async () => {
        const message = await envelope.encrypt(pattern(size), { context })
        const { plaintext, header } = await envelope.decrypt(message, { expect: context })
        assert.deepEqual(plaintext, pattern(size))
        assert.equal(header.suite, suite)
        const output = collector()
        await envelope.decryptFile(chunked(message, 1), output, { expect: context })
        assert.deepEqual(new Uint8Array(output.bytes()), pattern(size))
      })
    }

    test('is refused with any byte changed, or cut off anywhere', async () => {
      const message = await envelope.encrypt(pattern(FRAME + 5), { context })
      for (let index = 0; index < message.length; index++) {
        const changed = message.slice()
        changed[index]! ^= 1 << (index % 8)
        await assert.rejects(envelope.decrypt(changed, { expect: ANY_CONTEXT }), EnvelopeError, `byte ${index}`)
        const cut = message.subarray(0, index)
        await assert.rejects(envelope.decrypt(cut, { expect: ANY_CONTEXT }), code('TRUNCATED'), `at ${index}`)
      }
    })
  })
}

describe('messages of early clients', () => {
  const uncommitted = SUITES.filter((suite) => !isCommitting(suite) && suite.signature === undefined)
  const policy = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' } as const
  const encryptedDataKeys = [{ providerId: 'fixed', providerInfo: Buffer.from('k'), ciphertext: Buffer.from('c') }]

  for (const suite of uncommitted) {
    const dataKey = pattern(suite.dataKeyBytes)
    const reader = new Envelope({ keyring: fixedKeyring(dataKey), ...policy })
    const base = { suite, dataKey, encryptedDataKeys, context }
    for (const frameLength of [undefined, FRAME]) {
      const body = frameLength === undefined ? 'one block' : 'frames'
      for (const size of [0, 1, FRAME, 3 * FRAME + 1]) {
        test(`of ${size} bytes in ${body} under ${suite.name} are read, whole and byte by byte`, async () => {
          for (const randomIvs of [false, true]) {
            const message = legacyMessage({
              ...base,
              plaintext: pattern(size),
              ...(randomIvs && { iv: randomIv }),
              ...(frameLength !== undefined && { frameLength }),
            })
            const { plaintext, header } = await reader.decrypt(message, { expect: context })
            assert.deepEqual(plaintext, pattern(size))
            assert.equal(header.contentType, frameLength === undefined ? 'unframed' : 'framed')
            const output = collector()
            await reader.decryptFile(chunked(message, 1), output, { expect: context })
            assert.deepEqual(new Uint8Array(output.bytes()), pattern(size))
          }
        })
      }

      test(`in ${body} under ${suite.name} are refused with any byte changed, or cut off`, async () => {
        const message = legacyMessage({ ...base, plaintext: pattern(70), ...(frameLength && { frameLength }) })
        for (let index = 0; index < message.length; index++) {
          const changed = Buffer.from(message)
          changed[index]! ^= 1 << (index % 8)
          // With one key for all, nothing but the message itself can tell.
          await assert.rejects(reader.decrypt(changed, { expect: ANY_CONTEXT }), EnvelopeError, `byte ${index}`)
          const cut = message.subarray(0, index)
          await assert.rejects(reader.decrypt(cut, { expect: ANY_CONTEXT }), code('TRUNCATED'), `at ${index}`)
        }
        const longer = Buffer.concat([message, Buffer.of(0)])
        await assert.rejects(reader.decrypt(longer, { expect: ANY_CONTEXT }), code('TRAILING_BYTES'))
      })
    }
  }

  test('in one block are read by the official client as well: the test writes what they wrote', async () => {
    const wrappingKey = pattern(32)
    const suite = uncommitted[0]!
    const dataKey = pattern(suite.dataKeyBytes)
    const wrapped = await rawAes({ namespace: 'n', name: 'k', wrappingKey }).onEncrypt({
      context,
      dataKeyBytes: suite.dataKeyBytes,
    })
    const message = legacyMessage({
      suite,
      dataKey: wrapped.dataKey.reveal(),
      encryptedDataKeys: wrapped.encryptedDataKeys,
      context,
      plaintext: dataKey,
    })
    const read = await official.decrypt(officialRawAes('n', 'k', wrappingKey), message)
    assert.deepEqual(new Uint8Array(read.plaintext), dataKey)
  })

  test('are not held in memory beyond the limit', async () => {
    const suite = uncommitted[0]!
    const dataKey = pattern(suite.dataKeyBytes)
    const limits = { maxFrameLength: 1000 }
    const reader = new Envelope({ keyring: fixedKeyring(dataKey), frameLength: 1000, ...policy, limits })
    const message = legacyMessage({ suite, dataKey, encryptedDataKeys, context, plaintext: pattern(1001) })
    await assert.rejects(reader.decrypt(message, { expect: ANY_CONTEXT }), code('LIMIT_EXCEEDED'))
  })
})

describe('the commitment policy', () => {
  test('decides what is written by default', async () => {
    const written = async (options: Partial<EnvelopeOptions>): Promise<string> => {
      const envelope = envelopeOf(options)
      const reader = envelopeOf({ commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' })
      const { header } = await reader.decrypt(await envelope.encrypt(pattern(1)), { expect: ANY_CONTEXT })
      return `0x${header.suite.id.toString(16).padStart(4, '0')}`
    }
    assert.equal(await written({}), '0x0578')
    assert.equal(await written({ signed: false }), '0x0478')
    assert.equal(await written({ commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' }), '0x0578')
    assert.equal(await written({ commitmentPolicy: FORBID }), '0x0378')
    assert.equal(await written({ commitmentPolicy: FORBID, signed: false }), '0x0178')
  })

  test('refuses to write what it does not permit, and what uses its data key itself', () => {
    for (const suite of SUITES) {
      for (const commitmentPolicy of [FORBID, 'REQUIRE_ENCRYPT_ALLOW_DECRYPT', REQUIRE] as const) {
        const permitted = isCommitting(suite) === (commitmentPolicy !== FORBID) && suite.kdfHash !== undefined
        const make = (): Envelope => envelopeOf({ suite: suite.name, commitmentPolicy })
        if (permitted) make()
        else assert.throws(make, code('SUITE_REFUSED'), `${suite.name} ${commitmentPolicy}`)
      }
    }
  })

  test('refuses by default to read what does not commit, before any key is asked for', async () => {
    const asked: unknown[] = []
    const spying = {
      onEncrypt: keyring.onEncrypt.bind(keyring),
      onDecrypt: () => Promise.reject(new Error(String(asked.push(1)))),
    }
    const message = await envelopeOf({ commitmentPolicy: FORBID }).encrypt(pattern(5))
    const reader = new Envelope({ keyring: spying })
    await assert.rejects(reader.decrypt(message, { expect: ANY_CONTEXT }), code('SUITE_REFUSED'))
    assert.deepEqual(asked, [])
    const lenient = envelopeOf({ commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' })
    assert.deepEqual((await lenient.decrypt(message, { expect: ANY_CONTEXT })).plaintext, pattern(5))
  })

  test('and the suite must be ones that exist, and agree with `signed`', () => {
    assert.throws(() => envelopeOf({ commitmentPolicy: 'WHATEVER' as never }), code('INVALID_ARGUMENT'))
    assert.throws(() => envelopeOf({ suite: 'ROT13' as never }), code('INVALID_ARGUMENT'))
    assert.throws(() => envelopeOf({ suite: COMMITTED.name, signed: true }), code('INVALID_ARGUMENT'))
    assert.doesNotThrow(() => envelopeOf({ suite: COMMITTED.name, signed: false }))
  })
})
