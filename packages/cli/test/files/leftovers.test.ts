import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { standardError } from '../../src/descriptors/standard.ts'
import { namedTask } from '../../src/files/task.ts'
import type { Verb } from '../../src/files/task.ts'
import { planTree } from '../../src/files/tree.ts'
import { temporaryFolder } from '../support/vault.ts'

const ENCRYPT: Verb = { name: 'encrypt', done: 'encrypted', reads: 'plaintext', writes: 'ciphertext' }
/** As a process on another machine would have made it, long ago. */
const LEFT = `.a.kh.${'0'.repeat(40)}.tmp`

function leaveIn(folder: string): string {
  const path = join(folder, LEFT)
  mkdirSync(folder, { recursive: true })
  writeFileSync(path, 'plaintext')
  utimesSync(path, 0, 0)
  return path
}

function warnings(scope: TestContext): () => string[] {
  const { mock } = scope.mock.method(standardError, 'write', () => undefined)
  return () => mock.calls.map(({ arguments: [line] }) => String(line).trimEnd())
}

const warning = (path: string): string =>
  `keyhold: warning: ${path} is left over from a run that was killed, and may hold plaintext. Delete it.`

test('what a killed run has left in the folders of a tree is named once for each, and stays', async (scope) => {
  const root = temporaryFolder(scope)
  mkdirSync(join(root, 'in/x'), { recursive: true })
  for (const name of ['a', 'b', 'x/a']) writeFileSync(join(root, 'in', name), '')
  const output = join(root, 'out')
  const left = [leaveIn(output), leaveIn(join(output, 'x'))]
  const told = warnings(scope)
  await using tree = await planTree(ENCRYPT, join(root, 'in'), { output, suffix: '.kh' }, new AbortController().signal)
  for (const task of tree.tasks) await (await task.open())[Symbol.asyncDispose]()
  assert.deepEqual(told(), left.map(warning))
  assert.equal(readFileSync(left[0]!, 'utf8'), 'plaintext')
})

test('what it has left beside a file that is written again is named', async (scope) => {
  const root = temporaryFolder(scope)
  const left = leaveIn(root)
  writeFileSync(join(root, 'a'), '')
  const told = warnings(scope)
  for (const output of ['a.kh', 'b.kh']) {
    const task = namedTask(ENCRYPT, join(root, 'a'), { output: join(root, output) })
    await (await task.open())[Symbol.asyncDispose]()
  }
  assert.deepEqual(told(), [warning(left)])
})
