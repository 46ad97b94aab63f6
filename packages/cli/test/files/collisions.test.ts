import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { foldsNames, requireNoCollision } from '../../src/files/collisions.ts'
import { UsageError } from '../../src/base/errors.ts'
import { temporaryFolder } from '../support/vault.ts'

const folding = () => Promise.resolve(true)
const keeping = () => Promise.resolve(false)

test('different names go together, and nothing is tried out for them', async () => {
  const notAsked = () => assert.fail('asked')
  await requireNoCollision([], notAsked)
  await requireNoCollision(['out/a', 'out/b/a', 'out/b.c', 'out/b/c/d'], notAsked)
})

test('names that a file system may take for one are refused only where it does', async () => {
  for (const paths of [
    ['out/Makefile', 'out/makefile'],
    ['out/\u00e9', 'out/e\u0301'],
    ['out/A/x', 'out/a/x'],
    ['out/A', 'out/a/x'],
  ]) {
    await assert.rejects(requireNoCollision(paths, folding), UsageError)
    await requireNoCollision(paths, keeping)
  }
})

test('a file and a folder of one name, and one name twice, are refused everywhere', async () => {
  for (const paths of [
    ['out/a', 'out/a'],
    ['out/a', 'out/a/b/c'],
    ['out/a/b/c', 'out/a'],
  ]) {
    await assert.rejects(requireNoCollision(paths, keeping), /"out\/a"/)
  }
})

test('what a file system does is tried out without leaving anything', async (scope) => {
  const folder = temporaryFolder(scope)
  const folds = await foldsNames(folder)
  if (process.platform === 'linux') assert.equal(folds, false)
  assert.deepEqual(readdirSync(folder), [])
})
