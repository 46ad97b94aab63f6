import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import { folder } from '../../../../tools/testing/folder.ts'
import type { Cut } from '../../src/audit/lines.ts'
import { checkTail } from '../../src/audit/verify-tail.ts'
import { sha256 } from '../../src/crypto/sha256.ts'

const FINAL = { segment: 1, bytes: 4, size: 1, root: sha256('') }

/** Problems of a stream whose last segment and a torn one after it have these contents. */
async function check(last: string, torn: string | undefined, cuts: readonly Cut[] = []): Promise<unknown[]> {
  await using files = await folder()
  const segment = async (number: number, text: string) => {
    await writeFile(files.path(`${number}`), text)
    return { number, path: files.path(`${number}`), end: Infinity, fileBytes: text.length }
  }
  const segments = [await segment(1, last)]
  const layout = { stream: 's', segments, torn: torn === undefined ? [] : [await segment(2, torn)], strangers: [] }
  const problems = await checkTail(layout, FINAL, cuts, sha256)
  return problems.map(({ kind, segment: number, offset }) => [kind, number, offset])
}

const cut = (segment: number, offset: number, text: string): Cut => ({
  segment,
  offset,
  bytes: text.length,
  sha256: sha256(text),
})

test('a stream ends where it says: neither before nor after', async () => {
  assert.deepEqual(await check('line', undefined), [])
  assert.deepEqual(await check('lin', undefined), [['truncated', 1, 3]])
  assert.deepEqual(await check('line+', undefined), [['unknown', 1, 4]])
  assert.deepEqual(await check('line', ''), [])
  assert.deepEqual(await check('line', '+'), [['unknown', 2, 0]])
})

test('only the bytes that a successor declared it cuts may follow, from that byte of that segment on', async () => {
  assert.deepEqual(await check('line+tail', 'torn', [cut(1, 4, '+tail'), cut(2, 0, 'torn')]), [])
  for (const declared of [
    cut(1, 4, '+tall'),
    { ...cut(1, 4, '+tail'), bytes: 4 },
    { ...cut(1, 4, '+tail'), bytes: 6 },
    cut(1, 5, 'tail'),
    cut(2, 4, '+tail'),
  ]) {
    assert.deepEqual(await check('line+tail', undefined, [declared]), [['unknown', 1, 4]])
  }
  assert.deepEqual(await check('line', 'torn', [cut(2, 0, 'toru')]), [['unknown', 2, 0]])
})
