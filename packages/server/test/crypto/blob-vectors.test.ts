import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { openBlob, parseBlob, sealBlob } from '../../src/crypto/blob.ts'
import { fixedRandom } from '../support/fixed-random.ts'
import { referenceKdf, referenceOpen, referenceSeal } from '../support/reference-ciphertext.ts'

interface Vector {
  name: string
  material: string
  keyId: string
  materialId: string
  nonce: string
  iv: string
  context: Record<string, string>
  plaintext: string
  subKey: string
  blob: string
}

interface Vectors {
  vectors: Vector[]
  refused: { name: string; blob: string }[]
  unopened: { name: string; material: string; context: Record<string, string>; blob: string }[]
}

const file = new URL('../../../../vectors/ciphertext/version-1.json', import.meta.url)
const { vectors, refused, unopened } = JSON.parse(readFileSync(file, 'utf8')) as Vectors

for (const vector of vectors) {
  const { material, context, plaintext } = vector
  const names = { keyId: vector.keyId, materialId: vector.materialId }
  const blob = bytes(vector.blob)

  test(`vector: ${vector.name}: seals to these bytes`, () => {
    const random = fixedRandom(bytes(vector.nonce + vector.iv))
    const sealed = sealBlob(createSecretKey(material, 'hex'), names, bytes(plaintext), context, random)
    assert.equal(Buffer.from(sealed).toString('hex'), vector.blob)
  })

  test(`vector: ${vector.name}: names its key and opens`, () => {
    const parsed = parseBlob(blob)
    assert.ok(parsed)
    assert.deepEqual({ keyId: parsed.keyId, materialId: parsed.materialId }, names)
    const opened = openBlob(createSecretKey(material, 'hex'), parsed, context)
    assert.deepEqual(opened && Buffer.from(opened.reveal()), bytes(plaintext))
  })

  test(`vector: ${vector.name}: WebCrypto seals and opens the same`, async () => {
    const input = { ...names, material: bytes(material), nonce: bytes(vector.nonce), iv: bytes(vector.iv), context }
    assert.deepEqual(Buffer.from(await referenceSeal(input, bytes(plaintext))), blob)
    assert.deepEqual(Buffer.from(await referenceOpen(input, blob)), bytes(plaintext))
    const kdfContext = Buffer.concat([blob.subarray(2, 51), input.nonce])
    const subKey = await referenceKdf(input.material, 'keyhold/ciphertext', kdfContext)
    assert.equal(Buffer.from(subKey).toString('hex'), vector.subKey)
  })
}

for (const { name, blob } of refused) {
  test(`a blob with ${name} is refused before any key is touched`, () => {
    assert.equal(parseBlob(bytes(blob)), undefined)
  })
}

for (const { name, material, context, blob } of unopened) {
  test(`a blob with ${name} does not open`, () => {
    const parsed = parseBlob(bytes(blob))
    assert.ok(parsed)
    assert.equal(openBlob(createSecretKey(material, 'hex'), parsed, context), undefined)
  })
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex')
}
