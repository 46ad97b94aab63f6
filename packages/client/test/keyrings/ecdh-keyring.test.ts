import assert from 'node:assert/strict'
import { createPublicKey, diffieHellman, ECDH, generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { kdfCounterMode } from '@aws-crypto/kdf-ctr-mode-node'
import type { Input } from '@keyhold/protocol'
import { Secret } from '@keyhold/protocol'
import { ANY_CONTEXT, Envelope, EnvelopeError, rawEcdh } from '../../src/index.ts'
import type { KeyArn, Keyring, Kms } from '../../src/index.ts'
import { counterKdf } from '../../src/node/keyrings/counter-kdf.ts'
import { compressedPoint } from '../../src/node/ec-points.ts'
import { kmsEcdh } from '../../src/node/keyrings/kms-ecdh.ts'
import { pattern } from '../support/messages.ts'

const context = { tenant: 't-17' }
const CURVES = { 'P-256': 33, 'P-384': 49, 'P-521': 67 } as const
const key: KeyArn = 'arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab'

const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected

interface Pair {
  publicKey: string
  privateKey: string
}

function pairOn(namedCurve: string): Pair {
  return generateKeyPairSync('ec', {
    namedCurve,
    publicKeyEncoding: { format: 'pem', type: 'spki' },
    privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
  })
}

async function crosses(writer: Keyring, reader: Keyring): Promise<void> {
  const message = await new Envelope({ keyring: writer }).encrypt(pattern(9), { context })
  assert.deepEqual(
    (await new Envelope({ keyring: reader }).decrypt(message, { expect: context })).plaintext,
    pattern(9),
  )
}

async function doesNotCross(writer: Keyring, reader: Keyring): Promise<EnvelopeError['attempts'][number]> {
  const message = await new Envelope({ keyring: writer }).encrypt(pattern(9), { context })
  const error: unknown = await new Envelope({ keyring: reader })
    .decrypt(message, { expect: ANY_CONTEXT })
    .then(() => assert.fail('it opened'), (thrown: unknown) => thrown) // prettier-ignore
  assert.ok(error instanceof EnvelopeError && error.code === 'NO_KEY_OPENS')
  return error.attempts[0]!
}

/** A KMS with one key for key agreement. */
function agreeingKms(pair: Pair): Kms & { secrets: Secret[]; operations: string[] } {
  const secrets: Secret[] = []
  const operations: string[] = []
  const der = createPublicKey(pair.publicKey).export({ format: 'der', type: 'spki' })
  return {
    secrets,
    operations,
    call: (operation, input) => {
      operations.push(operation)
      if (operation === 'GetPublicKey') {
        return Promise.resolve({ KeyId: key, KeyUsage: 'KEY_AGREEMENT', PublicKey: new Uint8Array(der) } as never)
      }
      const { PublicKey, KeyId } = input as Input<'DeriveSharedSecret'>
      assert.equal(PublicKey.length, der.length) // the point in full
      const publicKey = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' })
      const secret = Secret.of(diffieHellman({ privateKey: pair.privateKey, publicKey }))
      secrets.push(secret)
      return Promise.resolve({ KeyId, SharedSecret: secret } as never)
    },
  }
}

for (const [curve, pointBytes] of Object.entries(CURVES)) {
  describe(`key agreement on ${curve}`, () => {
    const [anna, ben, eve] = [pairOn(curve), pairOn(curve), pairOn(curve)]

    test('lets anyone write to a public key, and its owner read', async () => {
      await crosses(rawEcdh({ publicKey: ben.publicKey }), rawEcdh({ privateKey: ben.privateKey }))
    })

    test('lets only two parties read what either wrote', async () => {
      const annas = rawEcdh({ privateKey: anna.privateKey, publicKey: ben.publicKey })
      const bens = rawEcdh({ privateKey: ben.privateKey, publicKey: anna.publicKey })
      await crosses(annas, bens)
      await crosses(bens, annas)
      await crosses(annas, annas)
      await crosses(annas, rawEcdh({ privateKey: ben.privateKey }))
      const eves = rawEcdh({ privateKey: eve.privateKey, publicKey: ben.publicKey })
      assert.equal((await doesNotCross(annas, eves)).tried, false)
      assert.equal((await doesNotCross(eves, bens)).tried, false) // Ben expects messages of Anna
      assert.equal((await doesNotCross(rawEcdh({ publicKey: ben.publicKey }), bens)).tried, false)
    })

    test('crosses between a key in a KMS and one at hand, in both directions', async () => {
      const kms = agreeingKms(anna)
      const annas = kmsEcdh({ kms, key, publicKey: ben.publicKey })
      const bens = rawEcdh({ privateKey: ben.privateKey, publicKey: anna.publicKey })
      await crosses(annas, bens)
      await crosses(bens, annas)
      await crosses(rawEcdh({ publicKey: anna.publicKey }), kmsEcdh({ kms, key, ownPublicKey: anna.publicKey }))
      const asked = ['GetPublicKey', 'DeriveSharedSecret', 'DeriveSharedSecret', 'DeriveSharedSecret']
      assert.deepEqual(kms.operations, asked)
      for (const secret of kms.secrets) assert.ok(secret.reveal().every((byte) => byte === 0))
    })

    test('names both public keys as compressed points', async () => {
      const { encryptedDataKeys } = await rawEcdh({ publicKey: ben.publicKey }).onEncrypt({ context, dataKeyBytes: 32 })
      const { providerId, providerInfo, ciphertext } = encryptedDataKeys[0]!
      assert.equal(providerId, 'raw-ecdh')
      assert.equal(providerInfo.length, 1 + 2 * (4 + pointBytes))
      const named = Buffer.from(providerInfo).subarray(5, 5 + pointBytes)
      assert.ok(named.equals(compressedPoint(createPublicKey(ben.publicKey))))
      assert.equal(ciphertext.length, 32 + 32 + 32 + 16)
    })

    test('binds the wrapping key to the context, and refuses every changed byte', async () => {
      const keyring = rawEcdh({ privateKey: anna.privateKey, publicKey: ben.publicKey })
      const { encryptedDataKeys } = await keyring.onEncrypt({ context, dataKeyBytes: 32 })
      const [whole] = encryptedDataKeys as [(typeof encryptedDataKeys)[0]]
      const other = { context: { tenant: 't-18' }, dataKeyBytes: 32, encryptedDataKeys }
      assert.match((await keyring.onDecrypt(other)).attempts?.[0]?.reason ?? '', /commits to another/)
      for (const field of ['providerInfo', 'ciphertext'] as const) {
        for (let index = 0; index < whole[field].length; index++) {
          const changed = new Uint8Array(whole[field])
          changed[index]! ^= 1
          const request = { context, dataKeyBytes: 32, encryptedDataKeys: [{ ...whole, [field]: changed }] }
          assert.equal((await keyring.onDecrypt(request)).dataKey, undefined, `${field} ${index}`)
          const cut = { ...whole, [field]: whole[field].subarray(0, index) }
          const { dataKey } = await keyring.onDecrypt({ ...request, encryptedDataKeys: [cut] })
          assert.equal(dataKey, undefined, `${field} cut at ${index}`)
        }
      }
    })
  })
}

test('keys whose points are written compressed are the same keys', async () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const point = compressedPoint(pair.publicKey)
  const uncompressed = ECDH.convertKey(Buffer.from(point), 'prime256v1') as Buffer
  assert.ok(pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-65).equals(uncompressed))
  const prefix = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex')
  const publicKey = createPublicKey({ key: Buffer.concat([prefix, point]), format: 'der', type: 'spki' })
  await crosses(rawEcdh({ publicKey }), rawEcdh({ privateKey: pair.privateKey }))
})

test('keyrings for key agreement refuse what they cannot do', async () => {
  const [p256, p384, edwards] = [pairOn('P-256'), pairOn('P-384'), generateKeyPairSync('ed25519')]
  assert.throws(() => rawEcdh({}), code('INVALID_ARGUMENT'))
  assert.throws(() => rawEcdh({ privateKey: p256.privateKey, publicKey: p384.publicKey }), code('INVALID_ARGUMENT'))
  for (const publicKey of ['x', edwards.publicKey]) {
    assert.throws(() => rawEcdh({ publicKey }), code('INVALID_ARGUMENT'))
  }
  const readOnly = new Envelope({ keyring: rawEcdh({ privateKey: p256.privateKey }) })
  await assert.rejects(readOnly.encrypt(pattern(1)), code('INVALID_ARGUMENT'))
  const writeOnly = rawEcdh({ publicKey: p256.publicKey })
  assert.equal((await doesNotCross(writeOnly, writeOnly)).reason, 'the private key was not given.')
  const wrongUsage: Kms = { call: () => Promise.resolve({ KeyId: key, KeyUsage: 'SIGN_VERIFY' } as never) }
  const keyring = kmsEcdh({ kms: wrongUsage, key, publicKey: p256.publicKey })
  await assert.rejects(new Envelope({ keyring }).encrypt(pattern(1)), code('INVALID_DATA_KEY'))
})

test('the KDF in counter mode agrees with the official client’s', () => {
  for (const [hash, length, nonceBytes] of [
    ['sha256', 32, 16],
    ['sha384', 64, 32],
  ] as const) {
    // prettier-ignore
    const [secret, label, context] = [pattern(32), Buffer.from('a label'), pattern(nonceBytes)]
    const expected = kdfCounterMode({
      digestAlgorithm: hash,
      ikm: Buffer.from(secret),
      nonce: Buffer.from(context),
      purpose: label,
      expectedLength: length,
    })
    assert.ok(expected.equals(counterKdf({ hash, secret, label, context, length }).reveal()))
  }
})
