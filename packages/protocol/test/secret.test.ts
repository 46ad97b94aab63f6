import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import { Secret } from '../src/secret.ts'

const TEXT = 'correct horse'
const secret = (): Secret => Secret.of(new TextEncoder().encode(TEXT))

const WAYS_OUT: Record<string, (value: Secret) => unknown> = {
  'string conversion': (value) => String(value),
  'a template': (value) => `${value}`,
  JSON: (value) => JSON.stringify({ value }),
  inspection: (value) => inspect({ value }, { showHidden: true, depth: 9, getters: true }),
  'printf formatting': (value) => format('%s %o %j %O', value, value, value, value),
  spreading: (value) => JSON.stringify({ ...value }),
  'its own names': (value) => JSON.stringify(Reflect.ownKeys(value)),
  'structured cloning': (value) => inspect(structuredClone(value)),
  'an error message': (value) => inspect(new Error(`with ${value}`, { cause: value })),
}

for (const [name, wayOut] of Object.entries(WAYS_OUT)) {
  test(`a secret does not leave by ${name}`, () => {
    const shown = String(wayOut(secret()))
    assert.doesNotMatch(shown, /correct horse/)
    // The first bytes, as a dumped Uint8Array would list them.
    assert.doesNotMatch(shown, /99,\s*111|63 6f|636f7272/)
  })
}

test('only reveal gives the bytes, and gives the secret its own', () => {
  const bytes = new TextEncoder().encode(TEXT)
  const value = Secret.of(bytes)
  assert.equal(value.reveal(), bytes)
  assert.equal(value.byteLength, bytes.length)
})

test('wiping overwrites the bytes and leaves a usable value', () => {
  const bytes = new TextEncoder().encode(TEXT)
  const value = Secret.of(bytes)
  value.wipe()
  assert.deepEqual(bytes, new Uint8Array(TEXT.length))
  assert.equal(value.byteLength, TEXT.length)
})

test('a secret is wiped at the end of its scope', () => {
  const bytes = new TextEncoder().encode(TEXT)
  {
    using value = Secret.of(bytes)
    assert.equal(value.byteLength, TEXT.length)
  }
  assert.deepEqual(bytes, new Uint8Array(TEXT.length))
})
