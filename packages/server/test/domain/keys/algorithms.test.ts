import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KMS } from '@keyhold/protocol'
import { algorithm, algorithms } from '../../../src/domain/keys/algorithms.ts'

/** The usage that AWS gives each list of algorithms to. */
const LISTS = {
  EncryptionAlgorithmSpec: 'ENCRYPT_DECRYPT',
  SigningAlgorithmSpec: 'SIGN_VERIFY',
  MacAlgorithmSpec: 'GENERATE_VERIFY_MAC',
  KeyAgreementAlgorithmSpec: 'KEY_AGREEMENT',
  EncapsulationAlgorithmSpec: 'ENCAPSULATE_DECAPSULATE',
} as const

for (const [list, usage] of Object.entries(LISTS)) {
  test(`every ${list} of the service model has a row of usage ${usage}, and no other name has`, () => {
    const names = algorithms().flatMap((row) => (row.usage === usage ? [row.name] : []))
    assert.deepEqual(names.toSorted(), [...(KMS.enumerations[list] ?? [])].toSorted())
  })
}

test('an algorithm is found under its own usage only', () => {
  assert.equal(algorithm('SIGN_VERIFY', 'ECDSA_SHA_256')?.hash, 'sha256')
  assert.equal(algorithm('ENCRYPT_DECRYPT', 'ECDSA_SHA_256'), undefined)
  assert.equal(algorithm('SIGN_VERIFY', 'constructor'), undefined)
})

/** AWS KMS API Reference, Sign, MessageType: what is taken, and the length of what is hashed already. */
const MESSAGES = {
  RSASSA_PSS_SHA_256: { RAW: undefined, DIGEST: 32 },
  RSASSA_PKCS1_V1_5_SHA_384: { RAW: undefined, DIGEST: 48 },
  ECDSA_SHA_512: { RAW: undefined, DIGEST: 64 },
  ED25519_SHA_512: { RAW: undefined },
  ED25519_PH_SHA_512: { DIGEST: 64 },
  ML_DSA_SHAKE_256: { RAW: undefined, EXTERNAL_MU: 64 },
}

for (const [name, types] of Object.entries(MESSAGES)) {
  test(`${name} takes ${Object.keys(types).join(' and ')}`, () => {
    const { messages } = algorithm('SIGN_VERIFY', name) ?? assert.fail()
    assert.deepEqual(Object.fromEntries(Object.entries(messages).map(([type, { bytes }]) => [type, bytes])), types)
  })
}

test('what is slow never runs on the calling thread', () => {
  for (const { name, scheme, messages } of algorithms().filter((row) => row.usage === 'SIGN_VERIFY')) {
    for (const [type, { sign }] of Object.entries(messages)) {
      if (scheme !== 'ED25519') assert.notEqual(sign, 'inline', `${name} ${type}`)
    }
  }
})
