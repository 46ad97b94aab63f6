import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openBlob, parseBlob, sealBlob } from '../../../src/crypto/blob.ts'
import { freshMaterial } from '../../../src/crypto/key-material.ts'
import { systemRandom } from '../../../src/crypto/random.ts'
import { IntegrityError, type Sealing, type StoredSecret } from '../../../src/vault/hierarchy/sealing.ts'
import { sealMaterial } from '../../../src/vault/hierarchy/material.ts'
import { type KeySpec, keySpec } from '../../../src/domain/keys/specs.ts'
import { testThreads } from '../../crypto/support/threads.ts'
import { sharedDatabase } from '../../support/hierarchy.ts'

const REGION = 'eu-central-1'
const KEY_ID = '1234abcd-12ab-34cd-56ef-1234567890ab'
const AES = keySpec('SYMMETRIC_DEFAULT')
const threads = testThreads()
const SPECS: [KeySpec['name'], string][] = [
  ['SYMMETRIC_DEFAULT', 'secret'],
  ['HMAC_512', 'secret'],
  ['ECC_NIST_P521', 'private'],
  ['ECC_NIST_EDWARDS25519', 'private'],
  ['ML_DSA_65', 'private'],
  ['ML_KEM_768', 'private'],
]
const PLAINTEXT = Buffer.from('a data key')

test('material comes back as a KeyObject that opens what it sealed, in any process', async (t) => {
  const shared = await sharedDatabase(t)
  const [writer, reader] = [await shared.open(), await shared.open()]
  const { row, materialId } = await newMaterial(writer)
  const blob = await encrypt(writer, row, materialId)
  assert.equal((await reader.material(row, AES)).type, 'secret')
  assert.equal(await opens(reader, row, blob), true)
})

test('no material opens another’s blob, in one Region or between two', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const all = [
    ...(await Promise.all(Array.from({ length: 5 }, () => newMaterial(hierarchy)))),
    ...(await Promise.all(Array.from({ length: 5 }, () => newMaterial(hierarchy, 'us-east-1')))),
  ]
  const blobs = await Promise.all(all.map(({ row, materialId }) => encrypt(hierarchy, row, materialId)))
  for (const [owner, blob] of blobs.entries()) {
    const opened = await Promise.all(all.map(({ row }) => opens(hierarchy, row, blob)))
    assert.deepEqual(
      opened.flatMap((yes, index) => (yes ? [index] : [])),
      [owner],
    )
  }
})

test('sealed material in another key’s row is refused', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const [ours, theirs] = [await newMaterial(hierarchy), await newMaterial(hierarchy)]
  await newMaterial(hierarchy, 'us-east-1')
  await assert.rejects(hierarchy.material({ ...ours.row, sealed: theirs.row.sealed }, AES), IntegrityError)
  const moved = { ...ours.row, id: ours.row.id.replace(REGION, 'us-east-1') }
  await assert.rejects(hierarchy.material(moved, AES), IntegrityError)
})

test('the keyring holds what the spec of the key makes of its material', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  for (const [name, type] of SPECS) {
    const spec = keySpec(name)
    const { row } = await newMaterial(hierarchy, REGION, await freshMaterial(spec, { random: systemRandom, threads }))
    const key = await hierarchy.material(row, spec)
    assert.equal(key.type, type)
    assert.equal(await hierarchy.material(row, spec), key)
  }
})

test('material is not used as something else than it is', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const { row } = await newMaterial(hierarchy)
  for (const name of ['HMAC_384', 'RSA_2048', 'ECC_NIST_P256', 'SM2'] as const) {
    await assert.rejects(hierarchy.material(row, keySpec(name)), Error, name)
  }
  const pair = await freshMaterial(keySpec('ECC_NIST_P256'), { random: systemRandom, threads })
  const other = await newMaterial(hierarchy, REGION, pair)
  await assert.rejects(hierarchy.material(other.row, AES), TypeError)
  await assert.rejects(hierarchy.material(other.row, keySpec('ECC_SECG_P256K1')), TypeError)
})

test('a row that holds no material is a bug', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const { row } = await newMaterial(hierarchy)
  await assert.rejects(async () => hierarchy.material({ ...row, sealed: undefined }, AES), TypeError)
  const sealed = await hierarchy.seal(REGION, 'grant-token', row.id.split('/').slice(1), systemRandom.secret(32))
  await assert.rejects(hierarchy.material({ ...row, sealed }, AES), IntegrityError)
})

test('material is unwrapped once and then held; each version by itself', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const { row } = await newMaterial(hierarchy)
  const key = await hierarchy.material(row, AES)
  assert.equal(await hierarchy.material(row, AES), key)
  const second = { ...row, version: 2 }
  const newer = await hierarchy.material(second, AES)
  assert.notEqual(newer, key)
  assert.ok(newer.equals(key))
  assert.equal(await hierarchy.material(second, AES), newer)
})

test('many that want the same material at once all get it', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const { row } = await newMaterial(hierarchy)
  const keys = await Promise.all(Array.from({ length: 50 }, () => hierarchy.material(row, AES)))
  for (const key of keys) assert.ok(keys[0]?.equals(key))
})

test('the keyring holds no more than its limit, and keeps what was used last', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open({ keyring: 3 })
  const rows = (await Promise.all(Array.from({ length: 5 }, () => newMaterial(hierarchy)))).map(({ row }) => row)
  const [first, ...others] = rows
  assert.ok(first)
  const key = await hierarchy.material(first, AES)
  for (const row of others) {
    await hierarchy.material(row, AES)
    assert.equal(await hierarchy.material(first, AES), key, 'used between the others, it stays')
  }
  const held = await Promise.all(rows.slice(2).map((row) => hierarchy.material(row, AES)))
  assert.notEqual(await hierarchy.material(first, AES), key, 'three others made it leave')
  assert.equal(held.length, 3)
})

test('forgotten material is read again, and unwrapping in progress does not restore it', async (t) => {
  const shared = await sharedDatabase(t)
  const hierarchy = await shared.open()
  const [{ row }, other] = [await newMaterial(hierarchy), await newMaterial(hierarchy)]
  const kept = await hierarchy.material(other.row, AES)
  const key = await hierarchy.material(row, AES)
  hierarchy.forget(row.id)
  const underWay = hierarchy.material(row, AES)
  hierarchy.forget(row.id)
  const [late, again] = [await underWay, await hierarchy.material(row, AES)]
  assert.equal(new Set([key, late, again]).size, 3)
  assert.equal(await hierarchy.material(other.row, AES), kept)
  hierarchy.forget(row.id)
  const underWayToo = hierarchy.material(row, AES)
  hierarchy.forgetAll()
  assert.notEqual(await hierarchy.material(other.row, AES), kept)
  assert.notEqual(await underWayToo, await hierarchy.material(row, AES))
})

async function newMaterial(
  hierarchy: Sealing,
  region = REGION,
  secret = systemRandom.secret(32),
): Promise<{ row: StoredSecret; materialId: string }> {
  const materialId = Buffer.from(systemRandom.bytes(32)).toString('hex')
  const sealed = await sealMaterial(hierarchy, { region, keyId: KEY_ID, materialId }, secret)
  return { row: { id: `${region}/${KEY_ID}/${materialId}`, version: 1, sealed }, materialId }
}

async function encrypt(hierarchy: Sealing, row: StoredSecret, materialId: string): Promise<Uint8Array> {
  return sealBlob(await hierarchy.material(row, AES), { keyId: KEY_ID, materialId }, PLAINTEXT, {}, systemRandom)
}

async function opens(hierarchy: Sealing, row: StoredSecret, blob: Uint8Array): Promise<boolean> {
  const parsed = parseBlob(blob)
  assert.ok(parsed)
  const opened = openBlob(await hierarchy.material(row, AES), parsed, {})
  return opened !== undefined && PLAINTEXT.equals(opened.reveal())
}
