import assert from 'node:assert/strict'
import { createSecretKey, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { openBlob, parseBlob, sealBlob } from '../../src/crypto/blob.ts'
import { systemRandom } from '../../src/crypto/random.ts'

const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab'
const MATERIAL_ID = 'ab'.repeat(32)
const NAMES = { keyId: KEY_ID, materialId: MATERIAL_ID }
const CONTEXT = { tenant: 'acme', purpose: 'backup' }
const AWS_OVERHEAD_BYTES = 152

test('a blob opens with the same material and context, whatever its length', () => {
  const material = freshMaterial()
  for (const size of [1, 16, 31, 32, 33, 4096, 6017]) {
    const plaintext = randomBytes(size)
    assert.deepEqual(open(material, seal(material, plaintext), CONTEXT), plaintext)
  }
})

test("a blob is no longer than AWS's", () => {
  assert.ok(seal(freshMaterial(), randomBytes(32)).byteLength - 32 <= AWS_OVERHEAD_BYTES)
})

test('the format has no Region, account or ARN: the same names give the same first 51 bytes', () => {
  const heads = [1, 2].map(() => Buffer.from(seal(freshMaterial(), randomBytes(32)).subarray(0, 51)).toString('hex'))
  assert.equal(heads[0], heads[1])
})

test('every key id and material id is encoded and decoded', () => {
  const hex = (length: number): fc.Arbitrary<string> =>
    fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length })
  const keyId = fc.oneof(
    fc.uuid(),
    hex(32).map((digits) => `mrk-${digits}`),
    hex(32).map((digits) => digits.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')),
  )
  const material = freshMaterial()
  fc.assert(
    fc.property(keyId, hex(64), (id, materialId) => {
      const blob = sealBlob(material, { keyId: id, materialId }, Uint8Array.of(1), {}, systemRandom)
      const parsed = parseBlob(blob)
      assert.deepEqual([parsed?.keyId, parsed?.materialId], [id, materialId])
    }),
    { numRuns: 2000 },
  )
})

test('identifiers in another format and plaintexts of another length are bugs', () => {
  const material = freshMaterial()
  for (const keyId of ['', 'alias/a', KEY_ID.toUpperCase(), `${KEY_ID}\n`, 'mrk-12', KEY_ID.replaceAll('-', '')]) {
    assert.throws(() => sealBlob(material, { ...NAMES, keyId }, Uint8Array.of(1), {}, systemRandom), TypeError, keyId)
  }
  for (const materialId of ['', 'ab', 'AB'.repeat(32), 'xy'.repeat(32)]) {
    assert.throws(() => sealBlob(material, { ...NAMES, materialId }, Uint8Array.of(1), {}, systemRandom), TypeError)
  }
  for (const size of [0, 6018]) assert.throws(() => seal(material, new Uint8Array(size)), RangeError)
})

test('no material opens what another material sealed', () => {
  const materials = Array.from({ length: 20 }, freshMaterial)
  const blobs = materials.map((material) => seal(material, randomBytes(32)))
  for (const [owner, blob] of blobs.entries()) {
    const openedBy = materials.flatMap((material, index) => (open(material, blob, CONTEXT) ? [index] : []))
    assert.deepEqual(openedBy, [owner])
  }
})

test('only the context of the seal opens a blob', () => {
  const material = freshMaterial()
  const blob = seal(material, randomBytes(32))
  const others: Record<string, string>[] = [
    {},
    { tenant: 'acme' },
    { ...CONTEXT, purpose: '' },
    { ...CONTEXT, x: '' },
    { tenantacme: 'purposebackup' },
  ]
  for (const context of others) assert.equal(open(material, blob, context), undefined)
  assert.ok(open(material, blob, { purpose: 'backup', tenant: 'acme' }))
})

test('a blob sealed under one key id does not open as that of another, even with the same material', () => {
  const material = freshMaterial()
  const blob = seal(material, randomBytes(32))
  const parsed = parseBlob(blob)
  assert.ok(parsed)
  const otherKey = { ...parsed, keyId: '00000000-12ab-34cd-56ef-1234567890ab' }
  assert.equal(openBlob(material, otherKey, CONTEXT), undefined)
})

test('two seals of the same plaintext share no nonce, IV, commitment or ciphertext', () => {
  const material = freshMaterial()
  const tails = Array.from({ length: 1000 }, () => Buffer.from(seal(material, new Uint8Array(32))))
  for (const [start, end] of [
    [51, 67],
    [67, 79],
    [79, 111], // the commitment
    [111, 143],
  ]) {
    assert.equal(new Set(tails.map((blob) => blob.toString('hex', start, end))).size, tails.length)
  }
})

test('10,000 mutated blobs: none throws, none opens', () => {
  const material = freshMaterial()
  const blob = seal(material, randomBytes(32))
  let reachedTheCipher = 0
  fc.assert(
    fc.property(mutation(blob), (mutated) => {
      if (Buffer.from(mutated).equals(blob)) return
      const parsed = parseBlob(mutated)
      if (parsed === undefined) return
      reachedTheCipher++
      assert.equal(openBlob(material, parsed, CONTEXT), undefined)
    }),
    { numRuns: 10_000 },
  )
  assert.ok(reachedTheCipher > 3000, `only ${reachedTheCipher} mutations kept the format`)
})

test('every single flipped bit keeps a blob shut', () => {
  const material = freshMaterial()
  const blob = seal(material, randomBytes(32))
  for (let bit = 0; bit < blob.byteLength * 8; bit++) {
    const mutated = Uint8Array.from(blob)
    mutated[bit >> 3] = (mutated[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.equal(open(material, mutated, CONTEXT), undefined, `bit ${bit}`)
  }
})

test('random bytes are not a blob', () => {
  const material = freshMaterial()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => assert.equal(open(material, bytes, {}), undefined)),
    { numRuns: 2000 },
  )
})

function mutation(blob: Uint8Array): fc.Arbitrary<Uint8Array> {
  const at = fc.nat(blob.byteLength - 1)
  const changed = fc.array(fc.tuple(at, fc.nat(255)), { minLength: 1, maxLength: 4 }).map((edits) => {
    const copy = Uint8Array.from(blob)
    for (const [index, value] of edits) copy[index] = value
    return copy
  })
  const cut = at.map((length) => blob.slice(0, length))
  const grown = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((more) => Buffer.concat([blob, more]))
  const without = fc.tuple(at, at).map(([from, to]) => Buffer.concat([blob.subarray(0, from), blob.subarray(to)]))
  return fc.oneof({ weight: 6, arbitrary: changed }, cut, grown, without)
}

function freshMaterial(): ReturnType<typeof createSecretKey> {
  return createSecretKey(randomBytes(32))
}

function seal(material: ReturnType<typeof createSecretKey>, plaintext: Uint8Array): Uint8Array {
  return sealBlob(material, NAMES, plaintext, CONTEXT, systemRandom)
}

function open(
  material: ReturnType<typeof createSecretKey>,
  blob: Uint8Array,
  context: Record<string, string>,
): Uint8Array | undefined {
  const parsed = parseBlob(blob)
  return parsed && openBlob(material, parsed, context)?.reveal()
}
