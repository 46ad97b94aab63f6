import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, test } from 'node:test'
import { decryptAead } from '../../../../src/crypto/aead.ts'
import { importInto } from '../../../support/import.ts'
import { referenceCanonical, referenceSeal } from '../../../support/reference-ciphertext.ts'
import { base64, TestService } from '../../../support/service.ts'

/** A message that is one block of a counter-mode KDF (NIST SP 800-108r1, section 4.1), which GenerateMac takes as any other. */
function kdfMessage(label: string, context: Uint8Array): Uint8Array {
  const [counter, length] = [Uint8Array.of(0, 0, 0, 1), Uint8Array.of(0, 0, 1, 0)]
  return Buffer.concat([counter, Buffer.from(label), Uint8Array.of(0), context, length])
}

/** HMAC pads its key with zeros, so that the longer keys are the same 32 bytes to the function. */
const MAC_KEYS = [
  { spec: 'HMAC_256', algorithm: 'HMAC_SHA_256', bytes: 32 },
  { spec: 'HMAC_384', algorithm: 'HMAC_SHA_384', bytes: 48 },
  { spec: 'HMAC_512', algorithm: 'HMAC_SHA_512', bytes: 64 },
]
const MATERIAL = randomBytes(32)
const PLAINTEXT = Buffer.from('what only Decrypt is to give')

let service: TestService
let macKeys: { keyId: string; algorithm: string }[]
before(async () => {
  service = await TestService.open()
  macKeys = await Promise.all(
    MAC_KEYS.map(async ({ spec, algorithm, bytes }) => {
      const { keyId } = await service.createKey({ Origin: 'EXTERNAL', KeySpec: spec, KeyUsage: 'GENERATE_VERIFY_MAC' })
      await importInto(service, keyId, Buffer.concat([MATERIAL, Buffer.alloc(bytes - MATERIAL.byteLength)]))
      return { keyId, algorithm }
    }),
  )
})
after(() => service[Symbol.asyncDispose]())

/** What a caller who may only GenerateMac gets of a ciphertext whose key has the same material. */
async function plaintextsByMac(blob: Buffer, label: string, bound: Uint8Array, headerBytes: number): Promise<string[]> {
  const opened: string[] = []
  for (const { keyId, algorithm } of macKeys) {
    const message = base64(kdfMessage(label, bound))
    const { Mac = '' } = await service.ok('GenerateMac', { KeyId: keyId, MacAlgorithm: algorithm, Message: message })
    const key = Buffer.from(Mac, 'base64').subarray(0, 32)
    const parameters = { key, iv: blob.subarray(67, 79), additionalData: blob.subarray(0, headerBytes) }
    const box = { ciphertext: blob.subarray(headerBytes, -16), tag: blob.subarray(-16) }
    const plaintext = decryptAead(parameters, box)
    if (plaintext) opened.push(Buffer.from(plaintext).toString())
  }
  return opened
}

test('a MAC key of the same material opened ciphertexts of version 1, and opens none that is made now', async () => {
  const { keyId } = await service.createKey({ Origin: 'EXTERNAL' })
  const materialId = await importInto(service, keyId, MATERIAL)

  const fresh = { nonce: randomBytes(16), iv: randomBytes(12) }
  const names = { material: MATERIAL, keyId, materialId, context: {} }
  const earlier = Buffer.from(await referenceSeal({ version: 1, ...names, ...fresh }, PLAINTEXT))
  const decrypted = await service.ok('Decrypt', { CiphertextBlob: base64(earlier) })
  assert.equal(decrypted.Plaintext, base64(PLAINTEXT))
  const byMac = await plaintextsByMac(earlier, 'keyhold/ciphertext', earlier.subarray(2, 67), 79)
  assert.deepEqual(byMac, [PLAINTEXT.toString()])

  const { CiphertextBlob = '' } = await service.ok('Encrypt', { KeyId: keyId, Plaintext: base64(PLAINTEXT) })
  const blob = Buffer.from(CiphertextBlob, 'base64')
  const digest = await crypto.subtle.digest('SHA-256', referenceCanonical({}))
  const bound = Buffer.concat([blob.subarray(2, 67), Buffer.from(digest)])
  for (const label of ['keyhold/ciphertext-2/key', 'keyhold/ciphertext', 'keyhold/ciphertext-2/commitment']) {
    assert.deepEqual(await plaintextsByMac(blob, label, bound, 111), [])
  }
})
