import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { ANY_CONTEXT, Envelope, EnvelopeError, rawAes, rawRsa } from '../../src/index.ts'
import type { Keyring } from '../../src/index.ts'
import { pattern } from '../support/messages.ts'

const context = { tenant: 't-17' }
const rsa = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { format: 'pem', type: 'spki' },
  privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
})

const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected

async function attempt(writer: Keyring, reader: Keyring): Promise<EnvelopeError['attempts'][number]> {
  const message = await new Envelope({ keyring: writer }).encrypt(pattern(5), { context })
  const error = await new Envelope({ keyring: reader }).decrypt(message, { expect: ANY_CONTEXT }).then(
    () => assert.fail('it opened'),
    (thrown: unknown) => thrown,
  )
  assert.ok(error instanceof EnvelopeError)
  assert.equal(error.code, 'NO_KEY_OPENS')
  assert.equal(error.attempts.length, 1)
  return error.attempts[0]!
}

describe('a raw AES keyring', () => {
  const ours = rawAes({ namespace: 'n', name: 'k', wrappingKey: pattern(32) })

  test('says which key a message names, and why it does not open', async () => {
    const impostor = rawAes({ namespace: 'n', name: 'k', wrappingKey: new Uint8Array(32) })
    const shared = { provider: 'n', key: 'k' }
    const reason = 'the key does not open it, or the context is another.'
    assert.deepEqual(await attempt(ours, impostor), { ...shared, tried: true, reason })
    for (const [namespace, name] of [
      ['n', 'l'],
      ['m', 'k'],
      ['n', 'kk'],
    ] as const) {
      // prettier-ignore
      const other = rawAes({ namespace, name, wrappingKey: pattern(32) })
      const declined = { ...shared, tried: false, reason: 'it is not the raw AES key that was given.' }
      assert.deepEqual(await attempt(ours, other), declined)
    }
  })

  test('binds the data key to the context', async () => {
    const wrapped = await ours.onEncrypt({ context, dataKeyBytes: 32 })
    const request = { dataKeyBytes: 32, encryptedDataKeys: wrapped.encryptedDataKeys }
    const opened = await ours.onDecrypt({ ...request, context })
    assert.deepEqual(opened.dataKey?.reveal(), Buffer.from(wrapped.dataKey.reveal()))
    assert.equal((await ours.onDecrypt({ ...request, context: { tenant: 't-18' } })).dataKey, undefined)
  })

  test('wraps a data key that it is given, which stays the caller’s', async () => {
    const { dataKey } = await ours.onEncrypt({ context, dataKeyBytes: 16 })
    const again = await ours.onEncrypt({ context, dataKeyBytes: 16, dataKey })
    assert.equal(again.dataKey, dataKey)
    const opened = await ours.onDecrypt({ context, dataKeyBytes: 16, encryptedDataKeys: again.encryptedDataKeys })
    assert.deepEqual(opened.dataKey?.reveal(), Buffer.from(dataKey.reveal()))
  })

  test('refuses a data key of another length than the suite’s', async () => {
    const { encryptedDataKeys } = await ours.onEncrypt({ context, dataKeyBytes: 16 })
    const opened = await ours.onDecrypt({ context, dataKeyBytes: 32, encryptedDataKeys })
    assert.equal(opened.attempts?.[0]?.reason, 'the data key has the wrong length.')
  })

  test('survives any provider information and ciphertext', async () => {
    const { encryptedDataKeys } = await ours.onEncrypt({ context, dataKeyBytes: 32 })
    const { providerInfo, ciphertext } = encryptedDataKeys[0]!
    for (let length = 0; length < providerInfo.length; length++) {
      const cut = { providerId: 'n', providerInfo: providerInfo.subarray(0, length), ciphertext }
      const { attempts } = await ours.onDecrypt({ context, dataKeyBytes: 32, encryptedDataKeys: [cut] })
      assert.equal(attempts?.[0]?.tried, false)
    }
    for (let length = 0; length < ciphertext.length; length++) {
      const cut = { providerId: 'n', providerInfo, ciphertext: ciphertext.subarray(0, length) }
      const { attempts } = await ours.onDecrypt({ context, dataKeyBytes: 32, encryptedDataKeys: [cut] })
      assert.equal(attempts?.[0]?.tried, true)
    }
  })

  test('takes no key of another length, and no name that a KMS key could have', () => {
    for (const wrappingKey of [pattern(0), pattern(31), pattern(33)]) {
      assert.throws(() => rawAes({ namespace: 'n', name: 'k', wrappingKey }), code('INVALID_ARGUMENT'))
    }
    for (const [namespace, name] of [
      ['aws-kms', 'k'],
      ['aws-kms-rsa', 'k'],
      ['', 'k'],
      ['n', ''],
    ] as const) {
      // prettier-ignore
      assert.throws(() => rawAes({ namespace, name, wrappingKey: pattern(32) }), code('INVALID_ARGUMENT'))
    }
  })

  test('takes a copy of its key', async () => {
    const wrappingKey = pattern(32)
    const keyring = rawAes({ namespace: 'n', name: 'k', wrappingKey })
    wrappingKey.fill(0)
    const message = await new Envelope({ keyring }).encrypt(pattern(5))
    assert.deepEqual((await new Envelope({ keyring: ours }).decrypt(message, { expect: {} })).plaintext, pattern(5))
  })
})

describe('a raw RSA keyring', () => {
  const named = { namespace: 'n', name: 'k', padding: 'OAEP_SHA256_MGF1' } as const
  const whole = rawRsa({ ...named, ...rsa })

  test('encrypts with the public key alone, and decrypts with the private key alone', async () => {
    const writer = new Envelope({ keyring: rawRsa({ ...named, publicKey: rsa.publicKey }) })
    const reader = new Envelope({ keyring: rawRsa({ ...named, privateKey: rsa.privateKey }) })
    const message = await writer.encrypt(pattern(5), { context })
    assert.deepEqual((await reader.decrypt(message, { expect: context })).plaintext, pattern(5))
    await assert.rejects(reader.encrypt(pattern(5)), code('INVALID_ARGUMENT'))
    const shared = { provider: 'n', key: 'k', tried: false }
    const publicOnly = rawRsa({ ...named, publicKey: rsa.publicKey })
    assert.deepEqual(await attempt(whole, publicOnly), { ...shared, reason: 'the private key was not given.' })
  })

  test('says why a message does not open', async () => {
    const reason = 'the private key does not open it, or the padding is another.'
    const otherPadding = rawRsa({ ...named, ...rsa, padding: 'OAEP_SHA512_MGF1' })
    assert.deepEqual(await attempt(whole, otherPadding), { provider: 'n', key: 'k', tried: true, reason })
    const otherName = rawRsa({ ...named, ...rsa, name: 'l' })
    assert.equal((await attempt(whole, otherName)).tried, false)
  })

  test('opens nothing with PKCS1 that was padded otherwise, and does not say how it was', async () => {
    const pkcs1 = rawRsa({ ...named, ...rsa, padding: 'PKCS1' })
    const { tried, reason } = await attempt(whole, pkcs1)
    assert.equal(tried, true)
    assert.equal(reason, 'the private key does not open it, or the padding is another.')
  })

  test('takes keys in PEM or as node:crypto has them, of RSA and of 2048 bits or more', () => {
    rawRsa({ ...named, publicKey: createPublicKey(rsa.publicKey) })
    const small = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    for (const publicKey of [small.publicKey, curve.publicKey, 'not a key', small.privateKey]) {
      assert.throws(() => rawRsa({ ...named, publicKey }), code('INVALID_ARGUMENT'))
    }
    assert.throws(() => rawRsa({ ...named, privateKey: createPublicKey(rsa.publicKey) }), code('INVALID_ARGUMENT'))
    assert.throws(() => rawRsa({ ...named, ...rsa, padding: 'NONE' as never }), code('INVALID_ARGUMENT'))
  })
})
