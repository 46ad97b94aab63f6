import assert from 'node:assert/strict'
import { join, resolve, sep } from 'node:path'
import { test } from 'node:test'
import { boundPath } from '../../src/shared/bound-path.ts'
import { UsageError } from '../../src/base/errors.ts'

test('a path is told from its root, however both are named', () => {
  const root = resolve('backups')
  for (const [given, file] of [
    ['backups', 'backups/hr/2026.kh'],
    ['./backups/', 'backups/./hr/../hr//2026.kh'],
    [root, join(root, 'hr', '2026.kh')],
    ['backups', join(root, 'hr', '2026.kh')],
  ] as const) {
    assert.equal(boundPath(given, file.replaceAll('/', sep)), 'hr/2026.kh')
  }
  assert.equal(boundPath('.', 'a.kh'), 'a.kh')
  assert.equal(boundPath('backups', 'backups/..a'), '..a')
})

test('accents are composed, as systems name one file in two ways', () => {
  assert.equal(boundPath('.', 'cafe\u0301/a'), 'caf\u00e9/a')
  assert.equal(boundPath('.', 'caf\u00e9/a'), 'caf\u00e9/a')
})

test('what is not below the root has no path', () => {
  for (const [root, file] of [
    ['backups', 'backups'],
    ['backups', 'other/a'],
    ['backups', 'backups/../other/a'],
    ['backups', 'backups-too/a'],
    ['backups/hr', 'backups'],
    ['backups', resolve('/a')],
  ] as const) {
    assert.throws(() => boundPath(root, file), UsageError)
  }
})
