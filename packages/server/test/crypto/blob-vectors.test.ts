import assert from 'node:assert/strict'
import { createSecretKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { openBlob, parseBlob, sealBlob } from '../../src/crypto/blob.ts'
import { fixedRandom } from '../support/fixed-random.ts'
import { type ReferenceInput, referenceKeys, referenceOpen, referenceSeal } from '../support/reference-ciphertext.ts'

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
  /** Absent in version 1. */
  commitment?: string
  blob: string
}

interface Vectors {
  vectors: Vector[]
  refused: { name: string; blob: string }[]
  unopened: { name: string; material: string; context: Record<string, string>; blob: string }[]
}

for (const version of [1, 2] as const) {
  const { vectors, refused, unopened } = readVectors(version)
  for (const vector of vectors) runVector(version, vector)

  for (const { name, blob } of refused) {
    test(`version ${version}: a blob with ${name} is refused before any key is used`, () => {
      assert.equal(parseBlob(bytes(blob)), undefined)
    })
  }

  for (const { name, material, context, blob } of unopened) {
    test(`version ${version}: a blob with ${name} does not open`, () => {
      const parsed = parseBlob(bytes(blob))
      assert.ok(parsed)
      assert.equal(openBlob(createSecretKey(material, 'hex'), parsed, context), undefined)
    })
  }
}

for (const vector of readVectors(2).vectors) {
  test(`version 2, vector: ${vector.name}: seals to these bytes`, () => {
    const random = fixedRandom(bytes(vector.nonce + vector.iv))
    const material = createSecretKey(vector.material, 'hex')
    const sealed = sealBlob(material, namesOf(vector), bytes(vector.plaintext), vector.context, random)
    assert.equal(Buffer.from(sealed).toString('hex'), vector.blob)
  })
}

function runVector(version: 1 | 2, vector: Vector): void {
  const { material, context, plaintext } = vector
  const blob = bytes(vector.blob)

  test(`version ${version}, vector: ${vector.name}: names its key and opens`, () => {
    const parsed = parseBlob(blob)
    assert.ok(parsed)
    assert.deepEqual({ keyId: parsed.keyId, materialId: parsed.materialId }, namesOf(vector))
    const opened = openBlob(createSecretKey(material, 'hex'), parsed, context)
    assert.deepEqual(opened && Buffer.from(opened.reveal()), bytes(plaintext))
  })

  test(`version ${version}, vector: ${vector.name}: the second implementation seals and opens the same`, async () => {
    const input: ReferenceInput = {
      version,
      ...namesOf(vector),
      material: bytes(material),
      nonce: bytes(vector.nonce),
      iv: bytes(vector.iv),
      context,
    }
    assert.deepEqual(Buffer.from(await referenceSeal(input, bytes(plaintext))), blob)
    assert.deepEqual(Buffer.from(await referenceOpen(input, blob)), bytes(plaintext))
    const { subKey, commitment } = await referenceKeys(input)
    assert.equal(Buffer.from(subKey).toString('hex'), vector.subKey)
    assert.equal(Buffer.from(commitment).toString('hex'), vector.commitment ?? '')
  })
}

function readVectors(version: 1 | 2): Vectors {
  const file = new URL(`../../../../vectors/ciphertext/version-${version}.json`, import.meta.url)
  return JSON.parse(readFileSync(file, 'utf8')) as Vectors
}

function namesOf({ keyId, materialId }: Vector): { keyId: string; materialId: string } {
  return { keyId, materialId }
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex')
}
