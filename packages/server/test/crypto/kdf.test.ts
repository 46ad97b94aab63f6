import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { deriveKey, firstBlock } from '../../src/crypto/kdf.ts'
import { referenceKdf, referenceKdf512 } from '../support/reference-ciphertext.ts'
import { needs } from '../../../../tools/testing/needs.ts'

/**
 * NIST CAVP, KBKDF (SP 800-108), KDFCTR_gen: [PRF=HMAC_SHA256] [CTRLOCATION=BEFORE_FIXED] [RLEN=32_BITS], counts 0, 10,
 * 20 and 30: L = 128, 256, 160 and 320 bits. The code under test computes the first 256 of them. Public domain.
 */
const CAVP = [
  {
    key: 'dd1d91b7d90b2bd3138533ce92b272fbf8a369316aefe242e659cc0ae238afe0',
    fixedInput:
      '01322b96b30acd197979444e468e1c5c6859bf1b1cf951b7e725303e237e46b864a145fab25e517b08f8683d0315bb2911d80a0e8aba17f3b413faac',
    output: '10621342bfb0fd40046c0e29f2cfdbf0',
  },
  {
    key: 'e204d6d466aad507ffaf6d6dab0a5b26152c9e21e764370464e360c8fbc765c6',
    fixedInput:
      '7b03b98d9f94b899e591f3ef264b71b193fba7043c7e953cde23bc5384bc1a6293580115fae3495fd845dadbd02bd6455cf48d0f62b33e62364a3a80',
    output: '770dfab6a6a4a4bee0257ff335213f78d8287b4fd537d5c1fffa956910e7c779',
  },
  {
    key: 'dc60338d884eecb72975c603c27b360605011756c697c4fc388f5176ef81efb1',
    fixedInput:
      '44d7aa08feba26093c14979c122c2437c3117b63b78841cd10a4bc5ed55c56586ad8986d55307dca1d198edcffbc516a8fbe6152aa428cdd800c062d',
    output: '29ac07dccf1f28d506cd623e6e3fc2fa255bd60b',
  },
  {
    key: 'c4bedbddb66493e7c7259a3bbbc25f8c7e0ca7fe284d92d431d9cd99a0d214ac',
    fixedInput:
      '1c69c54766791e315c2cc5c47ecd3ffab87d0d273dd920e70955814c220eacace6a5946542da3dfe24ff626b4897898cafb7db83bdff3c14fa46fd4b',
    output: '1da47638d6c9c4d04d74d4640bbd42ab814d9e8cc22f4326695239f96b0693f12d0dd1152cf44430',
  },
]

for (const { key, fixedInput, output } of CAVP) {
  test(`counter mode gives NIST's result of ${output.length * 4} bits`, () => {
    const block = firstBlock(createSecretKey(key, 'hex'), Buffer.from(fixedInput, 'hex')).toString('hex')
    const common = Math.min(block.length, output.length)
    assert.equal(block.slice(0, common), output.slice(0, common))
  })
}

test('label, separator, context and length are in their places, as in WebCrypto', async () => {
  for (const contextBytes of [0, 1, 65, 300]) {
    const [key, context] = [randomBytes(32), randomBytes(contextBytes)]
    const derived = deriveKey(createSecretKey(key), 'keyhold/material', context)
    assert.deepEqual(new Uint8Array(derived), await referenceKdf(key, 'keyhold/material', context))
  }
})

test("with SHA-512/256 it equals noble's result", () => {
  for (const contextBytes of [0, 1, 97, 300]) {
    const [key, context] = [randomBytes(32), randomBytes(contextBytes)]
    const derived = deriveKey(createSecretKey(key), 'keyhold/ciphertext-2/key', context, 'sha512-256')
    assert.deepEqual(new Uint8Array(derived), referenceKdf512(key, 'keyhold/ciphertext-2/key', context))
  }
})

for (const { hash, digest } of [
  { hash: 'sha256', digest: 'SHA256' },
  { hash: 'sha512-256', digest: 'SHA512-256' },
] as const) {
  test(`openssl derives the same keys with ${digest}`, { skip: needs('openssl') }, () => {
    for (const contextBytes of [1, 65, 300]) {
      const [key, context] = [randomBytes(32), randomBytes(contextBytes)]
      const derived = deriveKey(createSecretKey(key), 'keyhold/row-mac', context, hash)
      assert.equal(derived.toString('hex'), opensslKdf(key, 'keyhold/row-mac', context, digest))
    }
  })
}

test('another key, label or context gives another key', () => {
  const key = createSecretKey(randomBytes(32))
  const derived = [
    deriveKey(key, 'a', Buffer.from('b')),
    deriveKey(key, 'b', Buffer.from('b')),
    deriveKey(key, 'a', Buffer.from('c')),
    deriveKey(key, 'a', Buffer.from('')),
    deriveKey(key, 'ab', Buffer.from('')),
    deriveKey(createSecretKey(randomBytes(32)), 'a', Buffer.from('b')),
    deriveKey(key, 'a', Buffer.from('b'), 'sha512-256'),
  ]
  assert.equal(new Set(derived.map((bytes) => bytes.toString('hex'))).size, derived.length)
})

/** In OpenSSL's words, "salt" is the Label and "info" the Context. */
function opensslKdf(key: Buffer, label: string, context: Buffer, digest: string): string {
  const options = [
    'mac:HMAC',
    `digest:${digest}`,
    'mode:counter',
    `hexkey:${key.toString('hex')}`,
    `hexsalt:${Buffer.from(label).toString('hex')}`,
    `hexinfo:${context.toString('hex')}`,
  ]
  const args = ['kdf', '-keylen', '32', ...options.flatMap((option) => ['-kdfopt', option]), 'KBKDF']
  return execFileSync('openssl', args, { encoding: 'utf8' }).trim().replaceAll(':', '').toLowerCase()
}
