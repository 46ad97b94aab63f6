import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Secret } from '@keyhold/protocol'
import { systemRandom } from '../../../src/crypto/random.ts'
import { keyedRoot, takeRootKey } from '../../../src/vault/root/keyed-root.ts'
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

function rootOf(id: string, generation: number): UnsealedRoot {
  return keyedRoot(takeRootKey({ id, generation, key: Secret.of(new Uint8Array(32).fill(7)) }), systemRandom)
}
