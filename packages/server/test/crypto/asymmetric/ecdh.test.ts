import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { ECDSA } from '@noble/curves/abstract/weierstrass.js'
import { p256, p384, p521 } from '@noble/curves/nist.js'
import { needs } from '../../../../../tools/testing/needs.ts'
import { deriveSharedSecret } from '../../../src/crypto/asymmetric/ecdh.ts'
import { withScalar } from '../../../src/crypto/asymmetric/raw-key.ts'
import { keySpec } from '../../../src/domain/keys/specs.ts'
import { pkcs8, spki, strangerKey, testKey } from '../support/keys.ts'
import { openssl } from '../support/openssl.ts'
import { testThreads } from '../support/threads.ts'

const threads = testThreads()

const CURVES = [
  { name: 'ECC_NIST_P256', noble: p256, fieldBytes: 32 },
  { name: 'ECC_NIST_P384', noble: p384, fieldBytes: 48 },
  { name: 'ECC_NIST_P521', noble: p521, fieldBytes: 66 },
] as const

async function derived(name: (typeof CURVES)[number]['name'], peer: Uint8Array): Promise<Uint8Array | undefined> {
  const { key, spec } = testKey(name)
  const secret = await deriveSharedSecret({ key, spec, peer }, threads)
  return secret && Uint8Array.from(secret.reveal())
}

for (const { name, noble, fieldBytes } of CURVES) {
  describe(name, () => {
    const { key, publicKey } = testKey(name)
    const peer = strangerKey(name)
    const peerDer = spki(peer.publicKey)

    test('noble derives the same secret from the other half of each pair, as long as the field', async () => {
      const secret = await derived(name, peerDer)
      assert.equal(secret?.byteLength, fieldBytes)
      assert.deepEqual(secret, nobleSecret(noble, peer.key, spki(publicKey), fieldBytes))
    })

    test('WebCrypto derives the same secret', async () => {
      const curve = { name: 'ECDH', namedCurve: name.replace('ECC_NIST_P', 'P-') }
      const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8(peer.key), curve, false, ['deriveBits'])
      const ours = await crypto.subtle.importKey('spki', Uint8Array.from(spki(publicKey)), curve, false, [])
      const secret = await crypto.subtle.deriveBits({ name: 'ECDH', public: ours }, privateKey, fieldBytes * 8)
      assert.deepEqual(await derived(name, peerDer), new Uint8Array(secret))
    })

    test('the openssl command derives the same secret', { skip: needs('openssl') }, async () => {
      const args = ['pkeyutl', '-derive', '-inkey', 'key', '-keyform', 'DER', '-peerkey', 'peer', '-peerform', 'DER']
      const secret = openssl(args, { key: pkcs8(key), peer: peerDer })
      assert.deepEqual(await derived(name, peerDer), Uint8Array.from(secret))
    })

    test('a point that is not on the curve, at infinity, or truncated is refused', async () => {
      const moved = Buffer.from(peerDer)
      moved[moved.byteLength - 1] = (moved.at(-1) ?? 0) ^ 1
      const origin = Buffer.concat([peerDer.subarray(0, -2 * fieldBytes), Buffer.alloc(2 * fieldBytes)])
      const tooLarge = Buffer.concat([peerDer.subarray(0, -2 * fieldBytes), Buffer.alloc(2 * fieldBytes, 0xff)])
      const wrong = [moved, origin, tooLarge, peerDer.subarray(0, -1), Buffer.concat([peerDer, Buffer.of(0)])]
      for (const bytes of wrong) assert.equal(await derived(name, bytes), undefined)
    })

    test('a point in the hybrid form, which OpenSSL would read, is refused', async () => {
      const hybrid = Buffer.from(peerDer)
      hybrid[peerDer.byteLength - 2 * fieldBytes - 1] = 6 + ((peerDer.at(-1) ?? 0) & 1)
      assert.ok(createPublicKey({ key: hybrid, format: 'der', type: 'spki' }))
      assert.equal(await derived(name, hybrid), undefined)
    })

    test('a key of another curve or kind, a private key and no key are refused', async () => {
      const others = (['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521', 'ECC_SECG_P256K1', 'RSA_2048'] as const)
        .filter((other) => other !== name)
        .map((other) => spki(testKey(other).publicKey))
      for (const bytes of [
        ...others,
        spki(testKey('ECC_NIST_EDWARDS25519').publicKey),
        pkcs8(peer.key),
        Buffer.alloc(0),
      ]) {
        assert.equal(await derived(name, bytes), undefined)
      }
    })

    test('explicit parameters and a compressed point are refused', { skip: needs('openssl') }, async () => {
      const convert = (...how: string[]): Buffer =>
        openssl(['ec', '-pubin', '-inform', 'DER', '-in', 'peer', '-outform', 'DER', ...how], { peer: peerDer })
      assert.deepEqual(convert(), peerDer)
      assert.equal(await derived(name, convert('-param_enc', 'explicit')), undefined)
      assert.equal(await derived(name, convert('-conv_form', 'compressed')), undefined)
    })
  })
}

interface Wycheproof {
  tests: { tcId: number; comment: string; public: string; private: string; shared: string; result: string }[]
}

const file = new URL('../../../../../vectors/wycheproof/ecdh-p256.json', import.meta.url)

describe('Wycheproof, ECDH with P-256', () => {
  for (const { tcId, comment, result, ...vector } of (JSON.parse(readFileSync(file, 'utf8')) as Wycheproof).tests) {
    test(`${tcId}, ${comment}: ${result === 'valid' ? 'the published secret' : 'refused'}`, async () => {
      const sec1 = Buffer.from(`30310201010420${vector.private}a00a06082a8648ce3d030107`, 'hex')
      const key = createPrivateKey({ key: sec1, format: 'der', type: 'sec1' })
      const peer = Buffer.from(vector.public, 'hex')
      const secret = await deriveSharedSecret({ key, spec: keySpec('ECC_NIST_P256'), peer }, threads)
      const hex = secret && Buffer.from(secret.reveal()).toString('hex')
      assert.equal(hex, result === 'valid' ? vector.shared : undefined)
    })
  }
})

test('a key that cannot agree on a secret is a bug in the caller', async () => {
  const { key, spec } = testKey('RSA_2048')
  await assert.rejects(deriveSharedSecret({ key, spec, peer: Buffer.alloc(91) }, threads), TypeError)
})

/** The x-coordinate: noble adds the parity of y before it. */
function nobleSecret(
  curve: ECDSA,
  key: ReturnType<typeof testKey>['key'],
  peer: Buffer,
  fieldBytes: number,
): Uint8Array {
  return withScalar(key, fieldBytes, (scalar) =>
    curve.getSharedSecret(scalar, peer.subarray(-(2 * fieldBytes + 1))).slice(1),
  )
}
