/**
 * PKCS #1 v1.5 with a rotated key under one name: what the old key wrapped, the new one may turn into any 32 bytes, as
 * OpenSSL answers wrong padding with bytes of a random length. The first encrypted data key here has the same effect: it
 * always unwraps, to a data key that is not the message's.
 */
import assert from 'node:assert/strict'
import { constants, generateKeyPairSync, publicEncrypt, randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { anyOf, createKeyFile, Envelope, EnvelopeError, openKeyFile, rawRsa } from '../../src/index.ts'
import type { EncryptedDataKey, Keyring } from '../../src/index.ts'
import { SUITES } from '../../src/message/suites.ts'
import { folder } from '../../../../tools/testing/folder.ts'
import { legacyMessage } from '../support/legacy-writer.ts'
import { pattern } from '../support/messages.ts'

const pem = {
  modulusLength: 2048,
  publicKeyEncoding: { format: 'pem', type: 'spki' },
  privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
} as const
const rsa = generateKeyPairSync('rsa', pem)
const other = generateKeyPairSync('rsa', pem)
const named = { namespace: 'n', name: 'k', padding: 'PKCS1' } as const
const keyring = rawRsa({ ...named, ...rsa })
const context = { tenant: 't-17' }
const REASON = 'the private key does not open it, or the padding is another.'

function sealed(dataKey: Uint8Array, publicKey = rsa.publicKey): EncryptedDataKey {
  const ciphertext = publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_PADDING }, dataKey)
  return { providerId: 'n', providerInfo: Buffer.from('k'), ciphertext }
}

const garbage = (): EncryptedDataKey => ({ ...sealed(pattern(1)), ciphertext: randomBytes(256).fill(0, 0, 1) })

function envelopeOf(reader: Keyring, cache?: ConstructorParameters<typeof Envelope>[0]['cache']): Envelope {
  const commitmentPolicy = 'REQUIRE_ENCRYPT_ALLOW_DECRYPT'
  return new Envelope({ keyring: reader, commitmentPolicy, ...(cache && { cache }) })
}

async function refused(message: Uint8Array): Promise<EnvelopeError> {
  const result = await envelopeOf(keyring)
    .decrypt(message, { expect: context })
    .catch((error: unknown) => error)
  assert.ok(result instanceof EnvelopeError)
  return result
}

describe('a raw RSA keyring with PKCS1', () => {
  for (const suite of SUITES.filter(({ signature }) => signature === undefined)) {
    const dataKey = pattern(suite.dataKeyBytes)
    const message = (...encryptedDataKeys: EncryptedDataKey[]): Buffer =>
      legacyMessage({ suite, dataKey, encryptedDataKeys, context, plaintext: pattern(9), frameLength: 64 })

    test(`tries on when what unwraps is not the data key of a message in ${suite.name}`, async () => {
      const wrong = Array.from({ length: 3 }, () => sealed(randomBytes(suite.dataKeyBytes)))
      const others = [sealed(dataKey, other.publicKey), sealed(randomBytes(5)), garbage()]
      for (const first of [...wrong, ...others]) {
        const whole = message(first, ...wrong, ...others, sealed(dataKey))
        for (const reader of [keyring, anyOf(rawRsa({ ...named, ...other, name: 'elsewhere' }), keyring)]) {
          const { plaintext } = await envelopeOf(reader).decrypt(whole, { expect: context })
          assert.deepEqual(plaintext, pattern(9))
        }
      }
    })

    test(`says the same of all that does not open a message in ${suite.name}: padding, length and key`, async () => {
      const closed = [sealed(randomBytes(suite.dataKeyBytes)), sealed(randomBytes(5)), garbage()]
      const error = await refused(message(...closed))
      assert.equal(error.code, 'NO_KEY_OPENS')
      const attempt = { provider: 'n', key: 'k', tried: true, reason: REASON }
      assert.deepEqual(error.attempts, [attempt, attempt, attempt])
    })
  }

  test('says the same of a message whose header was changed', async () => {
    const writer = new Envelope({ keyring, signed: false })
    const message = await writer.encrypt(pattern(9), { context })
    const changed = message.slice()
    changed[3]! ^= 1 // of the message id
    const error = await refused(changed)
    assert.equal(error.code, 'NO_KEY_OPENS')
    assert.equal(error.attempts[0]!.reason, REASON)
  })

  test('tries no more encrypted data keys than a header may have', async () => {
    const suite = SUITES.find(({ name }) => name === 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY')!
    const wrong = sealed(randomBytes(32))
    const encryptedDataKeys = [...Array.from({ length: 100 }, () => wrong), sealed(pattern(32))]
    const message = legacyMessage({ suite, dataKey: pattern(32), encryptedDataKeys, context, plaintext: pattern(9) })
    assert.equal((await refused(message)).code, 'LIMIT_EXCEEDED')
  })

  test('opens the right one of a key file, too', async () => {
    await using files = await folder()
    const foreign = fixedSeal(randomBytes(32))
    await createKeyFile(files.path('key'), { keyring: anyOf(foreign, keyring) })
    const opened = await openKeyFile(files.path('key'), { keyring })
    const message = await new Envelope({ keyring: opened }).encrypt(pattern(9))
    assert.deepEqual((await new Envelope({ keyring: opened }).decrypt(message, { expect: {} })).plaintext, pattern(9))
  })
})

/** Wraps its own data key, whatever it is given. */
function fixedSeal(dataKey: Uint8Array): Keyring {
  return {
    onEncrypt: (request) => Promise.resolve({ dataKey: request.dataKey!, encryptedDataKeys: [sealed(dataKey)] }),
    onDecrypt: () => Promise.resolve({ attempts: [] }),
  }
}

test('messages at once that share their encrypted data keys each decide for themselves', async () => {
  const suite = SUITES.find(({ name }) => name === 'AES_256_GCM_HKDF_SHA512_COMMIT_KEY')!
  const encryptedDataKeys = [sealed(pattern(32))]
  const message = (dataKey: Uint8Array): Buffer =>
    legacyMessage({ suite, dataKey, encryptedDataKeys, context, plaintext: pattern(9), frameLength: 64 })
  const reader = envelopeOf(keyring, { maxAgeMs: 60_000, maxMessages: 10, maxBytes: 1000 })
  const forged = message(randomBytes(32))
  const results = await Promise.allSettled(
    [forged, message(pattern(32)), message(pattern(32)), forged].map((one) => reader.decrypt(one, { expect: context })),
  )
  assert.deepEqual(
    results.map((result) => (result.status === 'fulfilled' ? 'opened' : (result.reason as EnvelopeError).code)),
    ['NO_KEY_OPENS', 'opened', 'opened', 'NO_KEY_OPENS'],
  )
})
