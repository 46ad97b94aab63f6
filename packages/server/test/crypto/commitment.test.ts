import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { decryptAead } from '../../src/crypto/aead.ts'
import { openBlob, parseBlob } from '../../src/crypto/blob.ts'
import { type ReferenceInput, referenceCanonical, referenceKeys } from '../support/reference-ciphertext.ts'
import { ciphertextUnderTwoKeys, type GcmUse } from './support/gcm-collision.ts'

const NAMES = { keyId: '1234abcd-12ab-34cd-56ef-1234567890ab', materialId: 'ab'.repeat(32) }
const CONTEXTS = [{ tenant: 'acme' }, { tenant: 'umbrella' }] as const

test('a blob that the owner of the material crafts opens with the one context that it commits to', async () => {
  const fixed = {
    version: 2 as const,
    ...NAMES,
    material: randomBytes(32),
    nonce: randomBytes(16),
    iv: randomBytes(12),
  }
  const inputs = CONTEXTS.map((context): ReferenceInput => ({ ...fixed, context }))
  const keys = await Promise.all(inputs.map((input) => referenceKeys(input)))
  for (const committed of [0, 1]) {
    const header = headerOf(fixed, keys[committed]!.commitment)
    const uses = inputs.map(({ context }, index): GcmUse => ({
      key: keys[index]!.subKey,
      iv: fixed.iv,
      additionalData: Buffer.concat([header, referenceCanonical(context)]),
    }))
    const sealed = ciphertextUnderTwoKeys(uses[0]!, uses[1]!)
    // AES-GCM alone accepts it with both contexts.
    const box = { ciphertext: sealed.subarray(0, 16), tag: sealed.subarray(16) }
    for (const use of uses) assert.ok(decryptAead(use, box))

    const blob = parseBlob(Buffer.concat([header, sealed])) ?? assert.fail()
    const opened = CONTEXTS.map((context) => openBlob(createSecretKey(fixed.material), blob, context) !== undefined)
    assert.deepEqual(opened, [committed === 0, committed === 1])
  }
})

function headerOf({ nonce, iv }: Pick<ReferenceInput, 'nonce' | 'iv'>, commitment: Uint8Array): Uint8Array {
  const ids = Buffer.from(`01${NAMES.keyId.replaceAll('-', '')}${NAMES.materialId}`, 'hex')
  return Buffer.concat([Uint8Array.of(0x4b, 2), ids, nonce, iv, commitment])
}
