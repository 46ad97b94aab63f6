import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { needs } from '../../../../../tools/testing/needs.ts'
import { decryptRsa, encryptRsa } from '../../../src/crypto/asymmetric/rsa-encryption.ts'
import { algorithm, type EncryptionAlgorithm } from '../../../src/domain/keys/algorithms.ts'
import { maxPlaintextBytes } from '../../../src/domain/keys/spec-algorithms.ts'
import { keySpecs } from '../../../src/domain/keys/specs.ts'
import { pkcs8, spki, strangerKey, testKey } from '../support/keys.ts'
import { openssl } from '../support/openssl.ts'
import { testThreads } from '../support/threads.ts'

const threads = testThreads()

for (const spec of keySpecs().filter(({ material }) => material.kind === 'rsa')) {
  for (const name of spec.encryptionAlgorithms) {
    const row = algorithm('ENCRYPT_DECRYPT', name) ?? assert.fail()
    const longest = maxPlaintextBytes(spec, name)
    const { key, publicKey } = testKey(spec.name)

    describe(`${spec.name} ${name}`, () => {
      test('plaintexts of 0 bytes, 1 byte and the maximum length are encrypted and decrypted; one byte more is refused', async () => {
        for (const length of [0, 1, longest]) {
          const plaintext = randomBytes(length)
          const ciphertext = encryptRsa(key, row, Secret.of(plaintext))
          assert.deepEqual((await decryptRsa(key, row, ciphertext, threads))?.reveal(), Uint8Array.from(plaintext))
        }
        assert.throws(() => encryptRsa(key, row, Secret.of(randomBytes(longest + 1))))
      })

      test(
        'the openssl command decrypts ours, and we decrypt what it encrypted with the public key',
        { skip: needs('openssl') },
        async () => {
          const text = randomBytes(longest)
          const ours = encryptRsa(key, row, Secret.of(text))
          const opened = openssl([...pkeyutl(row), '-decrypt', '-inkey', 'key'], { key: pkcs8(key), input: ours })
          assert.deepEqual(opened, text)
          const files = { key: spki(publicKey), input: text }
          const theirs = openssl([...pkeyutl(row), '-encrypt', '-pubin', '-inkey', 'key'], files)
          assert.deepEqual((await decryptRsa(key, row, theirs, threads))?.reveal(), Uint8Array.from(text))
        },
      )

      test('WebCrypto decrypts ours, and we decrypt what it encrypted', async () => {
        const hash = row.hash === 'sha1' ? 'SHA-1' : 'SHA-256'
        const rsa = { name: 'RSA-OAEP', hash }
        const text = Uint8Array.from(randomBytes(32))
        const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8(key), rsa, false, ['decrypt'])
        const ours = Uint8Array.from(encryptRsa(key, row, Secret.of(Uint8Array.from(text))))
        assert.deepEqual(new Uint8Array(await crypto.subtle.decrypt(rsa, privateKey, ours)), text)
        const imported = await crypto.subtle.importKey('spki', Uint8Array.from(spki(publicKey)), rsa, false, [
          'encrypt',
        ])
        const theirs = new Uint8Array(await crypto.subtle.encrypt(rsa, imported, text))
        assert.deepEqual((await decryptRsa(key, row, theirs, threads))?.reveal(), text)
      })

      test('a ciphertext that was changed, truncated, made for another key or with the other algorithm does not decrypt', async () => {
        const ciphertext = Buffer.from(encryptRsa(key, row, Secret.of(randomBytes(32))))
        const changed = Buffer.from(ciphertext)
        changed[100] = (changed[100] ?? 0) ^ 1
        const foreign = encryptRsa(strangerKey(spec.name).key, row, Secret.of(randomBytes(32)))
        const other = algorithm('ENCRYPT_DECRYPT', spec.encryptionAlgorithms.find((one) => one !== name) ?? '')
        const otherwise = encryptRsa(key, other ?? assert.fail(), Secret.of(randomBytes(32)))
        const wrong = [changed, foreign, otherwise, ciphertext.subarray(1), Buffer.alloc(0), Buffer.alloc(6144, 1)]
        for (const bytes of wrong) assert.equal(await decryptRsa(key, row, bytes, threads), undefined)
      })
    })
  }
}

test('a block without its leading zero, which is the same number, does not decrypt', async () => {
  const row = algorithm('ENCRYPT_DECRYPT', 'RSAES_OAEP_SHA_256') ?? assert.fail()
  const { key } = testKey('RSA_2048')
  const encrypted = (): Uint8Array => encryptRsa(key, row, Secret.of(randomBytes(32)))
  let ciphertext = encrypted()
  while (ciphertext[0] !== 0) ciphertext = encrypted()
  assert.ok(await decryptRsa(key, row, ciphertext, threads))
  assert.equal(await decryptRsa(key, row, ciphertext.subarray(1), threads), undefined)
})

test('an algorithm other than OAEP is a bug in the caller', () => {
  const symmetric = algorithm('ENCRYPT_DECRYPT', 'SYMMETRIC_DEFAULT') ?? assert.fail()
  assert.throws(() => encryptRsa(testKey('RSA_2048').key, symmetric, Secret.of(randomBytes(1))), TypeError)
})

function pkeyutl({ hash = 'sha1' }: EncryptionAlgorithm): string[] {
  const options = ['rsa_padding_mode:oaep', `rsa_oaep_md:${hash}`, `rsa_mgf1_md:${hash}`]
  return ['pkeyutl', '-keyform', 'DER', '-in', 'input', ...options.flatMap((option) => ['-pkeyopt', option])]
}
