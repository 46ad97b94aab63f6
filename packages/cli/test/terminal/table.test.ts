import assert from 'node:assert/strict'
import { test } from 'node:test'
import { properties, table } from '../../src/terminal/table.ts'

test('a table aligns its columns under the headings', () => {
  const rows = [
    ['1', 'a long name'],
    ['22', ''],
  ]
  assert.equal(table(['id', 'name'], rows), 'ID  NAME\n1   a long name\n22\n')
})

test('properties are aligned on their values', () => {
  const pairs = [
    ['Key', '1'],
    ['Description', '-'],
  ] as const
  assert.equal(properties(pairs), 'Key          1\nDescription  -\n')
})

test('no cell can break its line', () => {
  assert.equal(table(['id'], [['a\nb']]).split('\n').length, 3)
})
