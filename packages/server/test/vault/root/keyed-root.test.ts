import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { systemRandom } from '../../../src/crypto/random.ts'
import { keyedRoot, takeRootKey, withNewestGeneration, withNextGeneration } from '../../../src/vault/root/keyed-root.ts'
import type { UnsealedRoot } from '../../../src/vault/root/root.ts'

const CONTEXT = ['domain-key', 'eu-central-1', '1']
const ID = '6f1d3c52-8a0e-4c1b-9f57-2b6d0a9e4c11'

test('wrapped bytes name the root and generation, and open under no other name even with the same key', async () => {
  const [root, renamed, later] = [rootOf(ID, 1), rootOf(ID.replace('6', '7'), 1), rootOf(ID, 2)]
  const wrapped = await root.wrap(CONTEXT, Secret.of(Buffer.from('a domain key')))
  assert.equal(Buffer.from(wrapped.subarray(0, 21)).toString('hex'), `01${ID.replaceAll('-', '')}00000001`)
  assert.equal(Buffer.from((await root.unwrap(CONTEXT, wrapped))?.reveal() ?? '').toString(), 'a domain key')
  for (const other of [renamed, later]) assert.equal(await other.unwrap(CONTEXT, wrapped), undefined)
  const relabelled = Uint8Array.from(wrapped)
  relabelled[20] = 2
  assert.equal(await later.unwrap(CONTEXT, relabelled), undefined)
})

test('MACs depend on the generation', async () => {
  const macs = await Promise.all([1, 2].map((generation) => rootOf(ID, generation).mac(['a'], Buffer.from('a row'))))
  assert.notDeepEqual(macs[0], macs[1])
})

test('the key is taken over: what was passed in is wiped', () => {
  const key = systemRandom.secret(32)
  takeRootKey({ id: ID, generation: 1, key })
  assert.deepEqual(key.reveal(), new Uint8Array(32))
})

test('a root of two generations wraps with the newest, and opens and authenticates by both', async () => {
  const first = rootOf(ID, 1)
  const both = withNextGeneration(first, systemRandom)
  const second = withNewestGeneration(both, systemRandom)
  assert.deepEqual([first.generations, both.generations, second.generations], [[1], [2, 1], [2]])
  const [old, recent] = await Promise.all(
    [first, both].map((root) => root.wrap(CONTEXT, Secret.of(Buffer.from('a domain key')))),
  )
  assert.ok(old && recent)
  for (const [root, wrapped, opens] of [
    [first, old, true],
    [first, recent, false],
    [both, old, true],
    [both, recent, true],
    [second, old, false],
    [second, recent, true],
  ] as const) {
    assert.equal((await root.unwrap(CONTEXT, wrapped)) !== undefined, opens)
  }
  const row = Buffer.from('a row')
  assert.deepEqual(await both.mac(['a'], row, 1), await first.mac(['a'], row))
  assert.deepEqual(await both.mac(['a'], row), await second.mac(['a'], row))
  assert.notDeepEqual(await both.mac(['a'], row, 1), await both.mac(['a'], row))
  assert.deepEqual((await both.ledgerKey(1)).export(), (await first.ledgerKey()).export())
  assert.notDeepEqual((await both.ledgerKey()).export(), (await first.ledgerKey()).export())
  await assert.rejects(second.mac(['a'], row, 1), RangeError)
  await assert.rejects(first.ledgerKey(2), RangeError)
})

function rootOf(id: string, generation: number): UnsealedRoot {
  return keyedRoot(takeRootKey({ id, generation, key: Secret.of(new Uint8Array(32).fill(7)) }), systemRandom)
}
