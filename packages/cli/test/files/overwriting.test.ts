import assert from 'node:assert/strict'
import { existsSync, linkSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { Envelope, rawAes } from '@keyhold/client'
import { leadsTo } from '../../src/descriptors/named.ts'
import type { Overwriting } from '../../src/files/overwriting.ts'
import { namedTask } from '../../src/files/task.ts'
import type { Verb } from '../../src/files/task.ts'
import { planTree } from '../../src/files/tree.ts'
import { temporaryFolder } from '../support/vault.ts'

const ENCRYPT: Verb = { name: 'encrypt', done: 'encrypted', reads: 'plaintext', writes: 'ciphertext' }
const REWRAP: Verb = { name: 'rewrap', done: 'rewrapped', reads: 'ciphertext', writes: 'ciphertext', inPlace: true }
const envelope = new Envelope({ keyring: rawAes({ namespace: 'n', name: 'k', wrappingKey: new Uint8Array(32) }) })
const DESCRIPTORS = process.platform === 'linux' ? false : 'these names are of Linux'

function files(scope: TestContext): (name: string) => string {
  const folder = temporaryFolder(scope)
  writeFileSync(join(folder, 'a'), 'content')
  writeFileSync(join(folder, 'b'), 'other')
  linkSync(join(folder, 'a'), join(folder, 'hard'))
  symlinkSync('a', join(folder, 'soft'))
  symlinkSync('nothing', join(folder, 'dangling'))
  return (name) => join(folder, name)
}

async function encrypt(input: string, flags: Overwriting & { output?: string }, verb = ENCRYPT): Promise<void> {
  await using task = await namedTask(verb, input, flags).open()
  const { followLink, mustBeNew = false } = task
  await envelope.encryptFile(task.source, task.target, { followLink, mustBeNew })
}

test('an output that is the input by any name needs --in-place', async (scope) => {
  const path = files(scope)
  for (const name of ['a', 'hard', 'soft', './a']) {
    const output = path(name)
    await assert.rejects(encrypt(path('a'), { output }), /is the input itself. Add --in-place/, name)
    await assert.rejects(encrypt(output, { output: path('a') }), /is the input itself/, name)
    await assert.rejects(encrypt(path('a'), { output }, REWRAP), /is the input itself/, name)
  }
  await assert.rejects(encrypt(path('a'), { output: path('b'), inPlace: true }), /is another file/)
  assert.equal(readFileSync(path('a'), 'utf8'), 'content')
  await encrypt(path('a'), { output: path('soft'), inPlace: true })
  assert.notEqual(readFileSync(path('a'), 'utf8'), 'content')
  assert.ok(lstatSync(path('soft')).isSymbolicLink())
  await encrypt(path('b'), { inPlace: true })
  assert.notEqual(readFileSync(path('b'), 'utf8'), 'other')
})

test('--no-clobber keeps what exists, also what comes at the last moment', async (scope) => {
  const path = files(scope)
  symlinkSync('b', path('to-b'))
  for (const name of ['b', 'to-b', 'dangling']) {
    await assert.rejects(encrypt(path('a'), { output: path(name), clobber: false }), /exists already/, name)
  }
  assert.equal(readFileSync(path('b'), 'utf8'), 'other')
  await encrypt(path('a'), { output: path('new'), clobber: false })
  await using task = await namedTask(ENCRYPT, path('a'), { output: path('late'), clobber: false }).open()
  writeFileSync(path('late'), 'of another user')
  const encrypting = envelope.encryptFile(task.source, task.target, { mustBeNew: task.mustBeNew! })
  await assert.rejects(encrypting, { code: 'EEXIST' })
  assert.equal(readFileSync(path('late'), 'utf8'), 'of another user')
})

test('--no-clobber holds for each file of a folder', async (scope) => {
  const path = files(scope)
  mkdirSync(path('in'))
  mkdirSync(path('out'))
  for (const name of ['in/1', 'in/2', 'out/1.kh']) writeFileSync(path(name), name)
  const flags = { output: path('out'), suffix: '.kh', clobber: false }
  await using tree = await planTree(ENCRYPT, path('in'), flags, new AbortController().signal)
  await assert.rejects(tree.tasks[0]!.open(), /exists already/)
  await using second = await tree.tasks[1]!.open()
  assert.equal(second.mustBeNew, true)
  assert.equal(readFileSync(path('out/1.kh'), 'utf8'), 'out/1.kh')
})

test('a link that leads nowhere does not become a file', async (scope) => {
  const path = files(scope)
  await assert.rejects(encrypt(path('a'), { output: path('dangling') }), /leads to no file/)
  assert.ok(lstatSync(path('dangling')).isSymbolicLink() && !existsSync(path('nothing')))
})

test('the name of a descriptor means that descriptor', { skip: DESCRIPTORS }, async (scope) => {
  const path = files(scope)
  symlinkSync('/dev/stdout', path('out'))
  symlinkSync('out', path('out-too'))
  for (const [name, number] of [
    ['/dev/stdout', 1],
    ['/dev/stderr', 2],
    ['/dev/fd/7', 7],
    ['/proc/self/fd/12', 12],
    ['/dev/../dev/stdout', 1],
    [path('out-too'), 1],
    [path('soft'), undefined],
    [path('dangling'), undefined],
    ['/dev/null', undefined],
  ] as const) {
    assert.equal(await leadsTo(name), number, name)
  }
})
