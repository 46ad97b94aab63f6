import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret } from '@keyhold/protocol'
import { IntegrityError, type Purpose, PURPOSES, type SealedBytes } from '../../../src/vault/hierarchy/sealing.ts'
import type { Hierarchy } from '../../../src/vault/hierarchy/hierarchy.ts'
import { sharedDatabase } from '../../support/hierarchy.ts'

const EVERY_PURPOSE = Object.keys(PURPOSES) as Purpose[]
const DOMAINS = ['global', 'eu-central-1', 'us-east-1']

interface Place {
  domain: string
  purpose: Purpose
  context: string[]
}

test('a secret opens where it was sealed, and the caller keeps their copy', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const secret = Secret.of(Buffer.from('an access key'))
  const sealed = await hierarchy.seal('global', 'access-key', ['AKIA'], secret)
  assert.equal(sealed.generation, 1)
  const opened = await hierarchy.unseal('global', 'access-key', ['AKIA'], sealed)
  assert.equal(Buffer.from(opened.reveal()).toString(), 'an access key')
  assert.equal(Buffer.from(secret.reveal()).toString(), 'an access key')
})

test('a sealed secret opens at no other place: domain, purpose and context are all part of its key', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const contexts = [[], ['a'], ['a', 'b'], ['b', 'a'], ['ab'], ['a', ''], ['', 'a']]
  const places: Place[] = DOMAINS.flatMap((domain) =>
    EVERY_PURPOSE.flatMap((purpose) => contexts.map((context) => ({ domain, purpose, context }))),
  )
  const sealed = await Promise.all(places.map((place) => sealAt(hierarchy, place)))
  for (const [from, bytes] of sealed.entries()) {
    const opens = await Promise.all(places.map((place) => opensAt(hierarchy, place, bytes)))
    assert.deepEqual(
      opens.flatMap((opened, index) => (opened ? [index] : [])),
      [from],
    )
  }
})

test('nothing opens after a change to any byte or length', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const place: Place = { domain: 'global', purpose: 'session', context: ['a'] }
  const { generation, bytes } = await sealAt(hierarchy, place)
  for (let index = 0; index < bytes.byteLength; index++) {
    const changed = Uint8Array.from(bytes)
    changed[index] = (changed[index] ?? 0) ^ 0x40
    assert.equal(await opensAt(hierarchy, place, { generation, bytes: changed }), false, `byte ${index}`)
    assert.equal(await opensAt(hierarchy, place, { generation, bytes: bytes.subarray(0, index) }), false)
  }
  assert.equal(await opensAt(hierarchy, place, { generation, bytes: Buffer.concat([bytes, Buffer.of(0)]) }), false)
})

test('bytes that were never sealed are refused and create no domain key', async (t) => {
  const shared = await sharedDatabase(t)
  const hierarchy = await shared.open()
  const generations = fc.oneof(fc.nat(3), fc.constantFrom(-1, 0.5, Number.NaN, Infinity, Number.MAX_SAFE_INTEGER))
  await fc.assert(
    fc.asyncProperty(generations, fc.uint8Array({ maxLength: 100 }), async (generation, bytes) => {
      const place: Place = { domain: 'eu-west-3', purpose: 'marker', context: [] }
      assert.equal(await opensAt(hierarchy, place, { generation, bytes }), false)
    }),
    { numRuns: 300 },
  )
  assert.equal(await shared.store.get('domain_key', 'eu-west-3/1'), undefined)
})

test('two seals of one secret differ in every part', async (t) => {
  const hierarchy = await (await sharedDatabase(t)).open()
  const place: Place = { domain: 'global', purpose: 'audit', context: [] }
  const sealed = await Promise.all(Array.from({ length: 200 }, () => sealAt(hierarchy, place)))
  for (const [start, end] of [
    [1, 17],
    [17, 29],
    [29, 40],
  ]) {
    assert.equal(new Set(sealed.map(({ bytes }) => Buffer.from(bytes).toString('hex', start, end))).size, 200)
  }
})

function sealAt(hierarchy: Hierarchy, { domain, purpose, context }: Place): Promise<SealedBytes> {
  return hierarchy.seal(domain, purpose, context, Secret.of(Buffer.from('some secret')))
}

async function opensAt(
  hierarchy: Hierarchy,
  { domain, purpose, context }: Place,
  sealed: SealedBytes,
): Promise<boolean> {
  try {
    await hierarchy.unseal(domain, purpose, context, sealed)
    return true
  } catch (error) {
    assert.ok(error instanceof IntegrityError, String(error))
    return false
  }
}
