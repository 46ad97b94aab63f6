import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvalidArgumentError } from 'commander'
import { collect, collectContext } from '../../src/shared/options.ts'

test('pairs add up, and only the first equals sign divides', () => {
  const context = collectContext('b=x=y', collectContext('a=', {}))
  assert.deepEqual({ ...context }, { a: '', b: 'x=y' })
})

test('__proto__ is a name like any other', () => {
  assert.deepEqual(Object.entries(collectContext('__proto__=x', {})), [['__proto__', 'x']])
})

test('refuses what is no pair, and a name that was given before', () => {
  for (const text of ['', 'name', '=value']) assert.throws(() => collectContext(text, {}), InvalidArgumentError)
  assert.throws(() => collectContext('a=2', { a: '1' }), InvalidArgumentError)
  collectContext('toString=2', {})
})

test('repeated options keep their order', () => {
  assert.deepEqual(collect('b', collect('a', [])), ['a', 'b'])
})
