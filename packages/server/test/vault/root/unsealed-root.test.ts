import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { Secret } from '@keyhold/protocol'
import { systemRandom } from '../../../src/crypto/random.ts'
import { ephemeralRoot } from '../../../src/vault/root/ephemeral-root.ts'
import { unsealRoot } from '../../../src/vault/root/keyed-root.ts'
import type { UnsealedRoot } from '../../../src/vault/root/root.ts'

const CONTEXT = ['domain-key', 'eu-central-1', '1']
const ID = '6f1d3c52-8a0e-4c1b-9f57-2b6d0a9e4c11'

test('what a root wrapped only the same context unwraps', () => {
  const root = ephemeralRoot(systemRandom)
  const wrapped = root.wrap(CONTEXT, secret())
  assert.equal(opened(root, CONTEXT, wrapped), 'a domain key')
  for (const context of [
    [],
    ['domain-key'],
    ['domain-key', 'eu-central-11', ''],
    [...CONTEXT, ''],
    CONTEXT.toReversed(),
  ]) {
    assert.equal(opened(root, context, wrapped), undefined, context.join())
  }
})

test('no root unwraps what another wrapped', () => {
  const wrapped = ephemeralRoot(systemRandom).wrap(CONTEXT, secret())
  assert.equal(opened(ephemeralRoot(systemRandom), CONTEXT, wrapped), undefined)
})

test('wrapped bytes name the root and generation, and open under no other name even with the same key', () => {
  const [root, renamed, later] = [rootOf(ID, 1), rootOf(ID.replace('6', '7'), 1), rootOf(ID, 2)]
  const wrapped = root.wrap(CONTEXT, secret())
  assert.equal(Buffer.from(wrapped.subarray(0, 21)).toString('hex'), `01${ID.replaceAll('-', '')}00000001`)
  assert.equal(opened(root, CONTEXT, wrapped), 'a domain key')
  for (const other of [renamed, later]) assert.equal(opened(other, CONTEXT, wrapped), undefined)
  const relabelled = Uint8Array.from(wrapped)
  relabelled[20] = 2
  assert.equal(opened(later, CONTEXT, relabelled), undefined)
})

test('no wrapped bytes open when any bit differs, or when they are cut', () => {
  const root = ephemeralRoot(systemRandom)
  const wrapped = root.wrap(CONTEXT, secret())
  for (let bit = 0; bit < wrapped.byteLength * 8; bit++) {
    const changed = Uint8Array.from(wrapped)
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    assert.equal(opened(root, CONTEXT, changed), undefined, `bit ${bit}`)
  }
  for (let length = 0; length < wrapped.byteLength; length++) {
    assert.equal(opened(root, CONTEXT, wrapped.subarray(0, length)), undefined, `${length} bytes`)
  }
})

test('MACs depend on the root, the context and the message, and on nothing else', () => {
  const [root, message] = [rootOf(ID, 1), Buffer.from('a row')]
  const mac = (from: UnsealedRoot, context: string[], text: Uint8Array): string =>
    Buffer.from(from.mac(context, text)).toString('hex')
  assert.equal(mac(root, ['a'], message), mac(rootOf(ID, 1), ['a'], message))
  const different = [
    mac(root, ['a'], message),
    mac(root, ['b'], message),
    mac(root, ['a', ''], message),
    mac(root, ['a'], Buffer.from('a roW')),
    mac(rootOf(ID, 2), ['a'], message),
    mac(ephemeralRoot(systemRandom), ['a'], message),
  ]
  assert.equal(new Set(different).size, different.length)
})

test('the key is taken over: what was passed in is wiped', () => {
  const key = systemRandom.secret(32)
  unsealRoot({ id: ID, generation: 1, key }, systemRandom)
  assert.deepEqual(key.reveal(), new Uint8Array(32))
})

test('a destroyed root does nothing any more', () => {
  const root = ephemeralRoot(systemRandom)
  const wrapped = root.wrap(CONTEXT, secret())
  root.destroy()
  assert.throws(() => root.wrap(CONTEXT, secret()), /sealed/)
  assert.throws(() => root.unwrap(CONTEXT, wrapped), /sealed/)
  assert.throws(() => root.mac(CONTEXT, wrapped), /sealed/)
})

test('neither inspection nor JSON shows a root key', () => {
  const root = rootOf(ID, 1)
  assert.deepEqual(JSON.parse(JSON.stringify(root)), { id: ID, generation: 1 })
  assert.doesNotMatch(inspect(root, { depth: 9, showHidden: true }), /0707|07 07|7, 7/)
})

function rootOf(id: string, generation: number): UnsealedRoot {
  return unsealRoot({ id, generation, key: Secret.of(new Uint8Array(32).fill(7)) }, systemRandom)
}

function secret(): Secret {
  return Secret.of(Buffer.from('a domain key'))
}

function opened(root: UnsealedRoot, context: readonly string[], wrapped: Uint8Array): string | undefined {
  const unwrapped = root.unwrap(context, wrapped)
  return unwrapped && Buffer.from(unwrapped.reveal()).toString()
}
