import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { describe, test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { needs } from '../../../../../tools/testing/needs.ts'
import { generateKeyPair, privateKeyOf } from '../../../src/crypto/asymmetric/key-pair.ts'
import { publicKeyDer } from '../../../src/crypto/asymmetric/raw-key.ts'
import { keySpec, keySpecs } from '../../../src/domain/keys/specs.ts'
import { fromPkcs8, pkcs8, spki, testKey } from '../support/keys.ts'
import { openssl } from '../support/openssl.ts'
import { testThreads } from '../support/threads.ts'

const threads = testThreads()
const PAIRS = keySpecs().filter(({ offered, material }) => offered && material.kind !== 'secret')

/** Key types that openssl commands since 3.0 support. */
const OPENSSL_KINDS = ['rsa', 'ec', 'ed25519']

/** FIPS 204, table 2, and FIPS 203, table 3, with 22 bytes of SubjectPublicKeyInfo around the key. */
const ML_PUBLIC_KEY_BYTES = {
  ML_DSA_44: 1312,
  ML_DSA_65: 1952,
  ML_DSA_87: 2592,
  ML_KEM_512: 800,
  ML_KEM_768: 1184,
  ML_KEM_1024: 1568,
}

for (const spec of PAIRS) {
  describe(spec.name, () => {
    test('a pair is of its spec, opens again, and belongs together', async () => {
      const { privateKey, publicKey } = await generateKeyPair(spec, threads)
      const copy = Secret.of(Uint8Array.from(privateKey.reveal()))
      const key = privateKeyOf(spec, copy)
      assert.deepEqual(publicKeyDer(key), Buffer.from(publicKey))
      assert.deepEqual(publicKeyDer(createPublicKey(key)), Buffer.from(publicKey))
      assert.deepEqual(key.export({ format: 'der', type: 'pkcs8' }), Buffer.from(privateKey.reveal()))
      assert.deepEqual(Buffer.from(copy.reveal()), Buffer.alloc(copy.byteLength), 'what was opened is wiped')
    })

    test('two pairs are different', async () => {
      const [one, other] = [await generateKeyPair(spec, threads), await generateKeyPair(spec, threads)]
      assert.notDeepEqual(one.publicKey, other.publicKey)
    })

    if (!OPENSSL_KINDS.includes(spec.material.kind)) return
    test(
      'the openssl command opens the private key and finds the same public key',
      { skip: needs('openssl') },
      async () => {
        const { privateKey, publicKey } = await generateKeyPair(spec, threads)
        const args = ['pkey', '-inform', 'DER', '-in', 'key', '-pubout', '-outform', 'DER']
        assert.deepEqual(openssl(args, { key: privateKey.reveal() }), Buffer.from(publicKey))
        const text = openssl(['pkey', '-inform', 'DER', '-in', 'key', '-check', '-noout'], { key: privateKey.reveal() })
        assert.match(text.toString(), /valid/)
      },
    )
  })
}

for (const [name, bytes] of Object.entries(ML_PUBLIC_KEY_BYTES)) {
  test(`a private key of ${name} is stored as its seed, and its public key has ${bytes} bytes`, async () => {
    const { privateKey, publicKey } = await generateKeyPair(keySpec(name) ?? assert.fail(), threads)
    assert.equal(privateKey.byteLength, name.startsWith('ML_DSA') ? 22 + 32 : 22 + 64)
    assert.equal(publicKey.byteLength, 22 + bytes)
  })
}

test('stored material that is not of its spec is not used', () => {
  const p256 = keySpec('ECC_NIST_P256')
  const others = (['RSA_2048', 'ECC_NIST_P384', 'ECC_SECG_P256K1'] as const).map((name) => pkcs8(testKey(name).key))
  for (const material of [...others, Buffer.from('not a key'), Buffer.alloc(0)]) {
    assert.throws(() => privateKeyOf(p256, Secret.of(material)))
    assert.deepEqual(material, Buffer.alloc(material.byteLength), 'and it is wiped anyway')
  }
})

test('an RSA key of another size is not used', () => {
  assert.throws(() => privateKeyOf(keySpec('RSA_4096'), Secret.of(pkcs8(testKey('RSA_2048').key))), TypeError)
})

test('a spec without pairs generates none', () => {
  for (const name of ['SYMMETRIC_DEFAULT', 'HMAC_256', 'SM2'] as const) {
    assert.throws(() => generateKeyPair(keySpec(name), threads), TypeError)
  }
})

test('a public key is the same from either half', () => {
  const { key, publicKey } = testKey('ECC_NIST_P384')
  assert.deepEqual(publicKeyDer(fromPkcs8(pkcs8(key))), spki(publicKey))
  assert.deepEqual(publicKeyDer(publicKey), spki(publicKey))
})
