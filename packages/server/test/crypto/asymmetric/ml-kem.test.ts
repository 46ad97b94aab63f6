import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decapsulate, encapsulate } from '../../../src/crypto/asymmetric/ml-kem.ts'
import { pkcs8, spki, strangerKey, testKey } from '../support/keys.ts'
import { NOBLE_KEMS } from '../support/other-kems.ts'

for (const { spec: name, noble, publicKeyBytes, ciphertextBytes } of NOBLE_KEMS) {
  describe(name, () => {
    const { key, spec, publicKey } = testKey(name)
    const nobleKeys = noble.keygen(pkcs8(key).subarray(-64))

    test('noble derives the same public key from the stored seed', () => {
      assert.deepEqual(Buffer.from(nobleKeys.publicKey), spki(publicKey).subarray(-publicKeyBytes))
    })

    test('noble decapsulates what this service encapsulates', () => {
      const { ciphertext, sharedSecret } = encapsulate(key)
      assert.equal(ciphertext.byteLength, ciphertextBytes)
      assert.equal(sharedSecret.byteLength, 32)
      const theirs = noble.decapsulate(Uint8Array.from(ciphertext), nobleKeys.secretKey)
      assert.deepEqual(Buffer.from(theirs), Buffer.from(sharedSecret.reveal()))
    })

    test('this service decapsulates what noble encapsulates', () => {
      const { cipherText, sharedSecret } = noble.encapsulate(nobleKeys.publicKey)
      const ours = decapsulate(key, spec, cipherText)
      assert.deepEqual(Buffer.from(ours?.reveal() ?? []), Buffer.from(sharedSecret))
    })

    test('a changed ciphertext gives another secret, the one that noble gives: implicit rejection', () => {
      const { ciphertext, sharedSecret } = encapsulate(key)
      const changed = Uint8Array.from(ciphertext)
      changed[7] = (changed[7] ?? 0) ^ 1
      const ours = Buffer.from(decapsulate(key, spec, changed)?.reveal() ?? [])
      assert.notDeepEqual(ours, Buffer.from(sharedSecret.reveal()))
      assert.deepEqual(ours, Buffer.from(noble.decapsulate(changed, nobleKeys.secretKey)))
    })

    test('a ciphertext for another key gives a secret that its maker does not have', () => {
      const { ciphertext, sharedSecret } = encapsulate(strangerKey(name).key)
      assert.notDeepEqual(decapsulate(key, spec, ciphertext)?.reveal(), sharedSecret.reveal())
    })

    test('a ciphertext of another length is refused', () => {
      for (const length of [0, ciphertextBytes - 1, ciphertextBytes + 1]) {
        assert.equal(decapsulate(key, spec, new Uint8Array(length)), undefined)
      }
    })
  })
}

test('a key of another kind is a bug in the caller', () => {
  const { key, spec } = testKey('RSA_2048')
  assert.throws(() => decapsulate(key, spec, Buffer.alloc(768)), TypeError)
})
