/** The IVs of messages of version 2 that other clients wrote. The decision: docs/decisions/0047. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ANY_CONTEXT, Envelope, rawAes } from '../../src/index.ts'
import { FrameIvs, ZERO_FIELD } from '../../src/message/frame-ivs.ts'
import { COMMITTED, UNCOMMITTED } from '../../src/message/suites.ts'
import { ivOf, legacyMessage, randomIv } from '../support/legacy-writer.ts'
import { chunked, collector, fixedKeyring, pattern } from '../support/messages.ts'
import { officialRawAes, strict as official } from '../support/official.ts'

const FRAME = 64
const ONES = 'ff'.repeat(8)
const ZEROS = '00'.repeat(8)
const context = { tenant: 't-17' }
const dataKey = pattern(32)
const encryptedDataKeys = [{ providerId: 'fixed', providerInfo: Buffer.from('k'), ciphertext: Buffer.from('c') }]
const reader = new Envelope({ keyring: fixedKeyring(dataKey) })
const base = { suite: COMMITTED, dataKey, encryptedDataKeys, context }

interface Written {
  size?: number
  unframed?: boolean
}

function written(iv: (sequence: number) => Buffer, { size = 3 * FRAME + 1, unframed = false }: Written = {}): Buffer {
  return legacyMessage({ ...base, plaintext: pattern(size), iv, ...(!unframed && { frameLength: FRAME }) })
}

describe('a message of version 2 is read', () => {
  for (const [name, field] of [
    ['zeros', ZEROS],
    ['ones, as in messages that AWS published', ONES],
    ['anything', '0123456789abcdef'],
  ] as const) {
    for (const size of [0, 1, FRAME, FRAME + 1, 3 * FRAME + 1]) {
      test(`of ${size} bytes, whose IVs begin with ${name}`, async () => {
        for (const unframed of [false, true]) {
          const message = written((sequence) => ivOf(field, sequence), { size, unframed })
          assert.deepEqual((await reader.decrypt(message, { expect: context })).plaintext, pattern(size))
          const output = collector()
          await reader.decryptFile(chunked(message, 1), output, { expect: context })
          assert.deepEqual(new Uint8Array(output.bytes()), pattern(size))
        }
      })
    }
  }
})

describe('a message of version 2 is refused', () => {
  const refusals: readonly [string, RegExp, (sequence: number) => Buffer][] = [
    [
      'whose IVs begin differently',
      /frame 3 does not begin/,
      (sequence) => ivOf(sequence < 3 ? ONES : ZEROS, sequence),
    ],
    ['with one IV for two frames', /frame 2 does not end/, () => ivOf(ONES, 1)],
    ['whose first IV is the header’s', /frame 1 does not end/, (sequence) => ivOf(ZEROS, sequence - 1)],
    ['whose IVs are drawn by chance', /frame 1 does not end/, randomIv],
    [
      'whose IVs have the number elsewhere',
      /frame 1 does not end/,
      (sequence) => ivOf(`0000000${sequence}00000000`, 0),
    ],
  ]
  for (const [name, message, iv] of refusals) {
    test(`${name}, although each frame is authentic`, async () => {
      const refusal = { code: 'MALFORMED_MESSAGE', message }
      await assert.rejects(reader.decrypt(written(iv), { expect: ANY_CONTEXT }), refusal)
    })
  }

  test('with the IV of any frame changed to one of the permitted form', async () => {
    const message = written((sequence) => ivOf(ONES, sequence), { size: 1 })
    const changed = Buffer.from(message)
    const iv = message.indexOf(ivOf(ONES, 1))
    changed.fill(0, iv, iv + 8)
    await assert.rejects(reader.decrypt(changed, { expect: ANY_CONTEXT }), { code: 'NOT_AUTHENTIC' })
  })

  test('as one block, with the header’s IV', async () => {
    const message = written(() => Buffer.alloc(12), { unframed: true })
    await assert.rejects(reader.decrypt(message, { expect: ANY_CONTEXT }), { code: 'MALFORMED_MESSAGE' })
  })
})

test('the official client reads the same messages: the test writes what others wrote', async () => {
  const wrappingKey = pattern(32)
  const keyring = rawAes({ namespace: 'n', name: 'k', wrappingKey })
  const wrapped = await keyring.onEncrypt({ context, dataKeyBytes: 32 })
  const message = legacyMessage({
    suite: COMMITTED,
    dataKey: wrapped.dataKey.reveal(),
    encryptedDataKeys: wrapped.encryptedDataKeys,
    context,
    plaintext: pattern(200),
    frameLength: FRAME,
    iv: (sequence) => ivOf(ONES, sequence),
  })
  const read = await official.decrypt(officialRawAes('n', 'k', wrappingKey), message)
  assert.deepEqual(new Uint8Array(read.plaintext), pattern(200))
  assert.deepEqual((await new Envelope({ keyring }).decrypt(message, { expect: context })).plaintext, pattern(200))
})

test('a thread that sees no first frame leaves every other fixed field than zeros to the reader that does', () => {
  const frame = { kind: 'regular', content: pattern(1), tag: pattern(16) } as const
  const ivs = new FrameIvs(ZERO_FIELD)
  ivs.check({ ...frame, sequence: 7, iv: ivOf(ZEROS, 7) }, COMMITTED)
  assert.throws(() => ivs.check({ ...frame, sequence: 8, iv: ivOf(ONES, 8) }, COMMITTED), { code: 'MALFORMED_MESSAGE' })
  ivs.check({ ...frame, sequence: 9, iv: randomIv() }, UNCOMMITTED)
})
