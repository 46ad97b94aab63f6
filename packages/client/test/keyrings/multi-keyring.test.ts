import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Secret } from '@keyhold/protocol'
import { ANY_CONTEXT, anyOf, Envelope, EnvelopeError, rawAes } from '../../src/index.ts'
import type { Keyring } from '../../src/index.ts'
import { KmsKeyring } from '../../src/keyrings/kms-keyring.ts'
import { MemoryKms, refusal } from '../support/memory-kms.ts'
import { pattern } from '../support/messages.ts'

const context = { tenant: 't-17' }
const one = rawAes({ namespace: 'n', name: 'one', wrappingKey: pattern(32) })
const two = rawAes({ namespace: 'n', name: 'two', wrappingKey: pattern(16) })
const failing: Keyring = {
  onEncrypt: () => Promise.reject(new Error('no')),
  onDecrypt: ({ encryptedDataKeys }) =>
    Promise.resolve({
      attempts: encryptedDataKeys.map(() => ({ provider: 'p', key: 'k', tried: true, reason: 'broken.' })),
    }),
}

test('what several keyrings sealed any of them opens', async () => {
  const message = await new Envelope({ keyring: anyOf(one, two) }).encrypt(pattern(10), { context })
  for (const keyring of [one, two, anyOf(two), anyOf(failing, two)]) {
    assert.deepEqual((await new Envelope({ keyring }).decrypt(message, { expect: context })).plaintext, pattern(10))
  }
})

test('several keyrings open what any of them sealed', async () => {
  for (const keyring of [one, two]) {
    const message = await new Envelope({ keyring }).encrypt(pattern(10))
    const read = await new Envelope({ keyring: anyOf(one, two) }).decrypt(message, { expect: ANY_CONTEXT })
    assert.deepEqual(read.plaintext, pattern(10))
  }
})

test('keys of two services seal one message: each wraps the data key that the first made', async () => {
  const [ours, aws] = [new MemoryKms(), new MemoryKms()]
  const [ourKey, awsKey] = [ours.createKey(), aws.createKey()]
  const keyrings = [new KmsKeyring({ kms: ours, generator: ourKey }), new KmsKeyring({ kms: aws, generator: awsKey })]
  const message = await new Envelope({ keyring: anyOf(...keyrings) }).encrypt(pattern(10), { context })
  assert.deepEqual(ours.calls.map(({ operation }) => operation), ['GenerateDataKey']) // prettier-ignore
  assert.deepEqual(aws.calls.map(({ operation }) => operation), ['Encrypt']) // prettier-ignore
  for (const keyring of keyrings) {
    assert.deepEqual((await new Envelope({ keyring }).decrypt(message, { expect: context })).plaintext, pattern(10))
  }
  for (const secret of [...ours.secrets, ...aws.secrets]) assert.ok(secret.reveal().every((byte) => byte === 0))
})

test('when none opens, each encrypted data key has one reason: of those that tried, or else of all', async () => {
  const kms = new MemoryKms()
  const generator = kms.createKey()
  const mine = new KmsKeyring({ kms, generator })
  const message = await new Envelope({ keyring: anyOf(mine, one) }).encrypt(pattern(10))
  kms.failures.set(generator, refusal('AccessDeniedException', 'Decrypt'))
  const reader = new Envelope({ keyring: anyOf(two, mine) })
  await assert.rejects(reader.decrypt(message, { expect: ANY_CONTEXT }), (error) => {
    assert.ok(error instanceof EnvelopeError)
    const [first, second] = error.attempts
    assert.equal(error.attempts.length, 2)
    assert.deepEqual([first?.key, first?.tried, first?.reason], [generator, true, 'AccessDeniedException.'])
    assert.equal((first!.cause as { code: string }).code, 'AccessDeniedException')
    const declined = 'it is not the raw AES key that was given. it is not a KMS key.'
    assert.deepEqual([second?.provider, second?.tried, second?.reason], ['n', false, declined])
    return true
  })
})

test('leaves no data key behind when one keyring fails, and none that it was given', async () => {
  const made: Secret[] = []
  const spying: Keyring = {
    onDecrypt: (request) => one.onDecrypt(request),
    onEncrypt: async (request) => {
      const wrapped = await one.onEncrypt(request)
      made.push(wrapped.dataKey)
      return wrapped
    },
  }
  await assert.rejects(anyOf(spying, failing).onEncrypt({ context, dataKeyBytes: 32 }), /no/)
  assert.ok(made[0]!.reveal().every((byte) => byte === 0))
  const { dataKey } = await one.onEncrypt({ context, dataKeyBytes: 32 })
  await assert.rejects(anyOf(one, failing).onEncrypt({ context, dataKeyBytes: 32, dataKey }), /no/)
  assert.ok(dataKey.reveal().some((byte) => byte !== 0))
})

test('is nothing without a keyring, and one keyring is itself', () => {
  assert.throws(() => anyOf(), { code: 'INVALID_ARGUMENT' })
  assert.equal(anyOf(one), one)
})
