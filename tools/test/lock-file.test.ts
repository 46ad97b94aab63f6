import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

interface Lock {
  packages: Record<string, { version?: string; optionalDependencies?: Record<string, string> }>
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock

/** Where a package at `path` finds another: beside it or in any node_modules above. */
function isLocked(path: string, name: string): boolean {
  const parents = path
    .split('/node_modules/')
    .map((_, index, parts) => parts.slice(0, index + 1).join('/node_modules/'))
  return [...parents.map((parent) => `${parent}/node_modules/${name}`), `node_modules/${name}`].some(
    (place) => packages[place] !== undefined,
  )
}

// npm leaves out what the registry of the moment does not have, and `npm ci` then refuses the lock file everywhere.
test('the lock file holds the optional packages of every platform', () => {
  const named = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).map((name) => ({ path, name })),
  )
  assert.ok(named.length > 50)
  assert.deepEqual(
    named.filter(({ path, name }) => !isLocked(path, name)),
    [],
  )
})
