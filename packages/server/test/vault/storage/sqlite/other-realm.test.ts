import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'
import { storageError } from '../../../../src/vault/storage/sqlite/errors.ts'

/**
 * Jest runs tests in a context of their own: errors of Node's are of another realm there, and no `instanceof Error` holds for
 * them. A missing file was then an unexpected failure, and `dev()` did not start.
 */
test('errors of another realm are known for what they are', () => {
  const full: unknown = runInNewContext(`Object.assign(new Error('database or disk is full'), { errcode: 13 })`)
  assert.equal(full instanceof Error, false)
  const { code, message } = storageError(full)
  assert.deepEqual([code, message], ['full', 'SQLite: database or disk is full'])
})

test('no code of the server asks for the Error of its own realm', () => {
  const sources = join(import.meta.dirname, '../../../../src')
  const asking = globSync(join(sources, '**/*.ts')).filter((file) =>
    /instanceof Error\b/.test(readFileSync(file, 'utf8')),
  )
  assert.deepEqual(asking, [])
})
