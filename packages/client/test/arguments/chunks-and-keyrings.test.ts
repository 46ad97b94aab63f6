/** What is checked later than a call: the chunks of a stream, and what a keyring of the caller's own returns. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as client from '../../src/index.ts'
import { collector, pattern, testEnvelope } from '../support/messages.ts'
import { NOT_BYTES } from './values.ts'

const { envelope } = testEnvelope({ signed: false })
const message = await envelope.encrypt(pattern(9))
const aKeyring = client.rawAes({ namespace: 'n', name: 'k', wrappingKey: pattern(32) })

test('streams and files refuse chunks that are not bytes, whatever was before them', async () => {
  const { envelope: strict } = testEnvelope({ signed: false, frameLength: 4 })
  for (const chunk of NOT_BYTES.filter((each) => each !== undefined && each !== null && !(each instanceof Promise))) {
    const chunks = (): ReadableStream<Uint8Array> => ReadableStream.from([pattern(9), chunk as Uint8Array])
    const ways = [
      new Response(chunks().pipeThrough(strict.encryptStream())).arrayBuffer(),
      new Response(
        ReadableStream.from([message.subarray(0, 9), chunk as Uint8Array]).pipeThrough(
          envelope.decryptStream({ expect: {} }),
        ),
      ).arrayBuffer(),
      strict.encryptFile(chunks(), collector()),
      envelope.decryptFile(ReadableStream.from([message.subarray(0, 9), chunk as Uint8Array]), collector(), {
        expect: {},
      }),
    ]
    for (const way of ways) await assert.rejects(way, { code: 'INVALID_ARGUMENT' })
  }
})

test('an option that is undefined counts as absent: a limit stays a limit', async () => {
  const undefinedLimits = { maxEncryptedDataKeys: undefined as never }
  const many = client.anyOf(
    ...Array.from({ length: 101 }, (_, index) =>
      client.rawAes({ namespace: 'n', name: `k${index}`, wrappingKey: pattern(32) }),
    ),
  )
  await assert.rejects(new client.Envelope({ keyring: many, limits: undefinedLimits }).encrypt(pattern(1)), {
    code: 'LIMIT_EXCEEDED',
  })
})

test('a keyring of one’s own, written with what the package exports, and refused where it returns something else', async () => {
  class XorKeyring implements client.Keyring {
    onEncrypt({ dataKeyBytes, dataKey }: client.WrapRequest): Promise<client.WrappedDataKey> {
      const own = dataKey ?? client.Secret.of(crypto.getRandomValues(new Uint8Array(dataKeyBytes)))
      const ciphertext = own.reveal().map((byte) => byte ^ 0x5a)
      return Promise.resolve({
        dataKey: own,
        encryptedDataKeys: [{ providerId: 'xor', providerInfo: pattern(1), ciphertext }],
      })
    }

    onDecrypt({ encryptedDataKeys }: client.UnwrapRequest): Promise<client.Unwrapped> {
      const found = encryptedDataKeys.find(({ providerId }) => providerId === 'xor')
      if (found !== undefined)
        return Promise.resolve({ dataKey: client.Secret.of(found.ciphertext.map((byte) => byte ^ 0x5a)) })
      return Promise.resolve({
        attempts: encryptedDataKeys.map(() => ({ provider: 'xor', key: '', tried: false, reason: 'not mine.' })),
      })
    }
  }
  const own = new client.Envelope({ keyring: client.anyOf(new XorKeyring(), aKeyring) })
  const written = await own.encryptText('mine')
  for (const reader of [
    own,
    new client.Envelope({ keyring: new XorKeyring() }),
    new client.Envelope({ keyring: aKeyring }),
  ]) {
    assert.equal(await reader.decryptText(written, { expect: {} }), 'mine')
  }
  const dataKey = client.Secret.of(pattern(32))
  const encryptedDataKey = { providerId: 'p', providerInfo: pattern(1), ciphertext: pattern(1) }
  const wrapped = { dataKey, encryptedDataKeys: [encryptedDataKey] }
  for (const returns of [
    undefined,
    {},
    { ...wrapped, dataKey: pattern(32) },
    { ...wrapped, encryptedDataKeys: {} },
    { ...wrapped, encryptedDataKeys: [{ ...encryptedDataKey, providerInfo: 'text' }] },
  ]) {
    const keyring = {
      onEncrypt: () => Promise.resolve(returns as never),
      onDecrypt: () => Promise.resolve({ attempts: [] }),
    }
    await assert.rejects(new client.Envelope({ keyring }).encrypt(pattern(1)), { code: 'INVALID_DATA_KEY' })
  }
  for (const returns of [
    undefined,
    {},
    { dataKey: pattern(32) },
    { attempts: 7 },
    { attempts: [] },
    { attempts: [7] },
  ]) {
    const keyring = { onEncrypt: () => Promise.reject(new Error()), onDecrypt: () => Promise.resolve(returns as never) }
    const error = await new client.Envelope({ keyring })
      .decrypt(message, { expect: {} })
      .catch((thrown: unknown) => thrown)
    assert.equal((error as client.EnvelopeError).code, 'INVALID_DATA_KEY')
  }
})
