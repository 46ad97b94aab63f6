import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync } from 'node:fs'
import { describe, test } from 'node:test'
import { DECRYPT, ENCRYPT, encrypt, folderWith, plan } from '../support/trees.ts'

describe('a folder that is backed up', () => {
  test('loses what is excluded, with all that is in it', async (scope) => {
    const path = folderWith(scope, 'in/a', 'in/b.tmp', 'in/cache/c', 'in/x/cache/d', 'in/x/.e.tmp')
    const tree = await plan(scope, ENCRYPT, path('in'), { output: path('out'), exclude: ['*.tmp', 'cache'] })
    assert.deepEqual(
      tree.tasks.map(({ input }) => input),
      [path('in/a')],
    )
    assert.deepEqual([tree.leftOut, tree.skipped], [{ existing: 0, excluded: 4 }, []])
  })

  test('is gone on with where a run before ended', async (scope) => {
    const path = folderWith(scope, 'in/a', 'in/x/b', 'in/x/c', 'out/x/b.kh', 'out/c.kh')
    const flags = { output: path('out'), skipExisting: true }
    const tree = await plan(scope, ENCRYPT, path('in'), flags)
    assert.deepEqual(
      tree.tasks.map(({ input }) => input),
      [path('in/a'), path('in/x/c')],
    )
    assert.equal(tree.leftOut?.existing, 1)
    for (const task of tree.tasks) await encrypt(task)
    assert.equal(readFileSync(path('out/x/b.kh'), 'utf8'), 'out/x/b.kh')
    assert.deepEqual((await plan(scope, ENCRYPT, path('in'), flags)).tasks, [])
    // Messages that have all been dealt with are not the same as none.
    const decrypted = folderWith(scope, 'a', 'x/b', 'x/c', 'c')('')
    const again = await plan(scope, DECRYPT, path('out'), { output: decrypted, skipExisting: true })
    assert.deepEqual([again.tasks, again.leftOut?.existing], [[], 4])
  })

  test('keeps empty folders and the times of all', async (scope) => {
    const path = folderWith(scope, 'in/a', 'in/x/b')
    mkdirSync(path('in/empty/deeper'), { recursive: true })
    const names = ['in/a', 'in/x/b', 'in/empty/deeper', 'in/empty', 'in/x', 'in']
    for (const [index, name] of names.entries()) utimesSync(path(name), 1_000_000 + index, 2_000_000.25 + index)
    const tree = await plan(scope, ENCRYPT, path('in'), { output: path('out') })
    for (const task of tree.tasks) await encrypt(task)
    assert.deepEqual(await tree.finish?.(), [])
    const modified = (name: string): number => statSync(path(name)).mtimeMs
    assert.deepEqual(
      ['out/a.kh', 'out/x/b.kh', 'out/empty/deeper', 'out/empty', 'out/x', 'out'].map(modified),
      names.map((_, index) => 2_000_000_250 + index * 1000),
    )
  })

  test('says which folder of the output cannot be made', async (scope) => {
    const path = folderWith(scope, 'in/a', 'out/x')
    mkdirSync(path('in/x'))
    const tree = await plan(scope, ENCRYPT, path('in'), { output: path('out') })
    const failures = await tree.finish?.()
    assert.deepEqual(
      failures?.map((failure) => failure.path),
      [path('out/x')],
    )
    assert.ok(!existsSync(path('out/x/a')))
  })
})
