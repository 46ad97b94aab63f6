import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressLine, showProgress } from '../../src/files/progress.ts'

test('a line says how much of how much', () => {
  assert.equal(progressLine(0, 2 ** 21), `${'░'.repeat(30)} 0 % of 2.0 MiB`)
  assert.equal(progressLine(2 ** 20, 2 ** 21), `${'█'.repeat(15)}${'░'.repeat(15)} 50 % of 2.0 MiB`)
  assert.equal(progressLine(2 ** 22, 2 ** 21), `${'█'.repeat(30)} 100 % of 2.0 MiB`)
  assert.equal(progressLine(2 ** 20, undefined), '1.0 MiB')
  assert.equal(progressLine(0, 0), '0.0 MiB')
})

test('nothing is drawn where nobody looks', () => {
  const screen = { isTTY: false, write: () => assert.fail('drawn') } as unknown as NodeJS.WriteStream
  const progress = showProgress(10, screen)
  progress.advance(10)
  progress.clear()
  progress[Symbol.dispose]()
})
