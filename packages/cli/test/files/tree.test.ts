import assert from 'node:assert/strict'
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { describe, test } from 'node:test'
import { Envelope } from '@keyhold/client'
import { planTree } from '../../src/files/tree.ts'
import { FileError, UsageError } from '../../src/base/errors.ts'
import { noSmallDisk, SmallDisk } from '../../../server/test/host/assembly/support/full-disk.ts'
import {
  DECRYPT,
  ENCRYPT,
  encrypt,
  envelope,
  filesBelow,
  folderWith,
  keyring,
  plan,
  REWRAP,
  VERIFY,
} from '../support/trees.ts'

const LINUX = process.platform === 'linux' ? false : 'only Linux lets names be looked up in an open folder'
/** Enough for the client to use threads. */
const PARALLEL_BYTES = 33 * 2 ** 20

describe('a folder', () => {
  test('is gone through in the order of names, to names of its own', async (scope) => {
    const path = folderWith(scope, 'in/b', 'in/a/z', 'in/a/.hidden', 'in/ö')
    const { tasks, skipped } = await plan(scope, ENCRYPT, path('in'), { output: path('out') })
    assert.deepEqual(
      tasks.map(({ input, output }) => [input, output]),
      ['a/.hidden', 'a/z', 'b', 'ö'].map((name) => [path(`in/${name}`), path(`out/${name}.kh`)]),
    )
    assert.deepEqual(skipped, [])
    for (const task of tasks) await encrypt(task)
    assert.deepEqual(await filesBelow(path('out')), ['a/.hidden.kh', 'a/z.kh', 'b.kh', 'ö.kh'])
    const { plaintext } = await envelope.decrypt(readFileSync(path('out/a/z.kh')), { expect: {} })
    assert.equal(Buffer.from(plaintext).toString(), 'in/a/z')
  })

  test('is measured where that is asked for', async (scope) => {
    const path = folderWith(scope, 'in/b', 'in/a/z')
    const measured = await plan(scope, ENCRYPT, path('in'), { output: path('out'), measures: true })
    assert.equal(measured.bytes, 'in/b'.length + 'in/a/z'.length)
    assert.equal((await plan(scope, ENCRYPT, path('in'), { output: path('out') })).bytes, undefined)
  })

  test('may hold files that several threads work on', async (scope) => {
    const path = folderWith(scope, 'in/x/a')
    const unsigned = new Envelope({ keyring, signed: false })
    const plaintext = Buffer.alloc(PARALLEL_BYTES, 'A page of the ledger.\n')
    writeFileSync(path('in/x/a'), plaintext)
    const [sealing] = (await plan(scope, ENCRYPT, path('in'), { output: path('sealed') })).tasks
    await using sealed = await sealing!.open()
    await unsigned.encryptFile(sealed.source, sealed.target, { followLink: sealed.followLink })
    const [opening] = (await plan(scope, DECRYPT, path('sealed'), { output: path('opened') })).tasks
    await using opened = await opening!.open()
    await unsigned.decryptFile(opened.source, opened.target, { expect: {}, followLink: opened.followLink })
    assert.ok(plaintext.equals(readFileSync(path('opened/x/a'))))
  })

  test('loses the suffix when it is decrypted, and leaves out what does not have it', async (scope) => {
    const path = folderWith(scope, 'in/a.kh', 'in/b.kh.kh', 'in/readme', 'in/.kh', 'in/..kh', 'in/...kh', 'in/x/....kh')
    const { tasks, skipped } = await plan(scope, DECRYPT, path('in'), { output: path('out') })
    assert.deepEqual(
      tasks.map((task) => relative(path('out'), task.output!)),
      ['a', 'b.kh', join('x', '...')],
    )
    assert.deepEqual(
      skipped.map((each) => relative(path('in'), each.path)),
      ['...kh', '..kh', '.kh', 'readme'],
    )
  })

  test('keeps its names where messages stay messages, and has no output where nothing is written', async (scope) => {
    const path = folderWith(scope, 'in/x/a.kh', 'in/b')
    const inPlace = await plan(scope, REWRAP, path('in'))
    assert.deepEqual(
      inPlace.tasks.map(({ output }) => output),
      [path('in/x/a.kh')],
    )
    const elsewhere = await plan(scope, REWRAP, path('in'), { output: path('out') })
    assert.deepEqual(
      elsewhere.tasks.map(({ output }) => output),
      [path('out/x/a.kh')],
    )
    const { tasks } = await plan(scope, VERIFY, path('in'), { suffix: '' })
    assert.deepEqual(
      tasks.map(({ input, output }) => [relative(path('in'), input), output]),
      [
        ['b', undefined],
        [join('x', 'a.kh'), undefined],
      ],
    )
  })

  test('leaves out links, also those that lead back to it', async (scope) => {
    const path = folderWith(scope, 'in/a', 'elsewhere/secret')
    for (const [target, link] of [
      ['.', 'in/loop'],
      ['a', 'in/file'],
      ['../elsewhere', 'in/folder'],
      ['nothing', 'in/dangling'],
    ] as const)
      symlinkSync(target, path(link))
    const { tasks, skipped } = await plan(scope, ENCRYPT, path('in'), { output: path('out') })
    assert.deepEqual(
      tasks.map(({ input }) => input),
      [path('in/a')],
    )
    assert.deepEqual(
      skipped,
      ['dangling', 'file', 'folder', 'loop'].map((name) => ({
        path: path(`in/${name}`),
        reason: 'it is a symbolic link',
      })),
    )
  })

  test('is no link itself, nor is the folder of the outputs', async (scope) => {
    const path = folderWith(scope, 'in/a', 'out/b')
    symlinkSync('in', path('link'))
    await assert.rejects(plan(scope, ENCRYPT, path('link'), { output: path('new') }), /is a symbolic link/)
    await assert.rejects(plan(scope, ENCRYPT, `${path('link')}/`, { output: path('new') }), /is a symbolic link/)
    await assert.rejects(plan(scope, ENCRYPT, path('in/a'), { output: path('new') }), /no folder/)
    symlinkSync('out', path('to'))
    await assert.rejects(plan(scope, ENCRYPT, path('in'), { output: path('to') }), /is a symbolic link/)
    await assert.rejects(plan(scope, ENCRYPT, path('in'), { output: path('in/a') }), UsageError)
  })

  test('and its output do not lie within each other, by whatever names', async (scope) => {
    const path = folderWith(scope, 'in/x/a', 'outer/in/a')
    symlinkSync('in', path('link'))
    for (const output of ['in', 'in/x', 'in/new/newer', 'in/../in', 'link/new', '.']) {
      await assert.rejects(plan(scope, ENCRYPT, path('in'), { output: path(output) }), /lie one within the other/)
    }
    assert.deepEqual(await filesBelow(path('in')), [join('x', 'a')])
    await plan(scope, ENCRYPT, path('in'), { output: path('in-too') })
  })

  test('does not give two files one name', async (scope) => {
    const path = folderWith(scope, 'in/a.kh', 'in/a/b.kh', 'in2/a', 'in2/a.kh/b')
    await assert.rejects(plan(scope, DECRYPT, path('in'), { output: path('out') }), /cannot both be written/)
    await assert.rejects(plan(scope, ENCRYPT, path('in2'), { output: path('out') }), /cannot both be written/)
  })

  test('is not gone through to its end when the work is stopped', async (scope) => {
    const path = folderWith(scope, 'in/a')
    const stopped = AbortSignal.abort(new Error('stopped'))
    await assert.rejects(planTree(VERIFY, path('in'), { suffix: '' }, stopped), /stopped/)
  })

  test('without a message fails where messages are read, and without a file is nothing to encrypt', async (scope) => {
    const path = folderWith(scope, 'in/readme')
    mkdirSync(path('empty'))
    for (const verb of [VERIFY, REWRAP]) {
      await assert.rejects(plan(scope, verb, path('in')), /no file whose name ends in ".kh"/)
      await assert.rejects(plan(scope, verb, path('empty'), { suffix: '' }), /has no file\./)
    }
    await assert.rejects(plan(scope, DECRYPT, path('in'), { output: path('out') }), UsageError)
    assert.deepEqual((await plan(scope, ENCRYPT, path('empty'), { output: path('out') })).tasks, [])
  })

  test('refuses a suffix that leads elsewhere', async (scope) => {
    const path = folderWith(scope, 'in/a')
    for (const suffix of ['/../../x', String.raw`\x`, '\0']) {
      await assert.rejects(plan(scope, ENCRYPT, path('in'), { output: path('out'), suffix }), /suffix/)
    }
  })

  test('has parts that cannot be used, which fail by themselves', { skip: LINUX }, async (scope) => {
    const path = folderWith(scope, 'in/a', 'in/z')
    writeFileSync(Buffer.concat([Buffer.from(path('in/')), Buffer.of(0xff)]), 'not UTF-8')
    const { tasks } = await plan(scope, ENCRYPT, path('in'), { output: path('out') })
    assert.equal(tasks.length, 3)
    await assert.rejects(tasks[2]!.open(), /not UTF-8/)
    if (process.getuid?.() === 0) return // root can read everything
    mkdirSync(path('in/closed'), 0o000)
    chmodSync(path('in/z'), 0o000)
    const again = await plan(scope, ENCRYPT, path('in'), { output: path('out') })
    await assert.rejects(again.tasks[1]!.open(), { code: 'EACCES' })
    await assert.rejects(again.tasks[2]!.open(), { code: 'EACCES' })
    chmodSync(path('in/closed'), 0o700)
  })
})

test(
  'a disk that is full keeps nothing of the file that it has no room for',
  { skip: noSmallDisk() },
  async (scope) => {
    const path = folderWith(scope, 'in/a', 'in/z')
    writeFileSync(path('in/m'), Buffer.alloc(4 * 2 ** 20))
    await using disk = await SmallDisk.mount(2)
    const output = join(disk.above, 'data', 'out')
    await using tree = await planTree(ENCRYPT, path('in'), { suffix: '.kh', output }, new AbortController().signal)
    await encrypt(tree.tasks[0]!)
    await assert.rejects(encrypt(tree.tasks[1]!), { code: 'ENOSPC' })
    await encrypt(tree.tasks[2]!)
    assert.deepEqual(await filesBelow(output), ['a.kh', 'z.kh'])
  },
)

describe('while a folder is gone through', { skip: LINUX }, () => {
  test('a file that becomes a link or a pipe is not read', async (scope) => {
    const path = folderWith(scope, 'in/a', 'in/b', 'secret')
    const { tasks } = await plan(scope, ENCRYPT, path('in'), { output: path('out') })
    renameSync(path('in/a'), path('old'))
    symlinkSync('../secret', path('in/a'))
    renameSync(path('in/b'), path('older'))
    mkdirSync(path('in/b'))
    await assert.rejects(encrypt(tasks[0]!), { code: 'ELOOP' })
    await assert.rejects(encrypt(tasks[1]!), /no regular file any more/)
    assert.deepEqual(await filesBelow(path('out')), [])
  })

  test('folders on the way that become links lead nowhere', async (scope) => {
    const path = folderWith(scope, 'in/x/a', 'in/y/a', 'elsewhere/a')
    const { tasks } = await plan(scope, ENCRYPT, path('in'), { output: path('out') })
    renameSync(path('in/x'), path('old'))
    symlinkSync('../elsewhere', path('in/x'))
    await assert.rejects(encrypt(tasks[0]!), FileError)
    symlinkSync('../elsewhere', path('out/y'))
    await assert.rejects(encrypt(tasks[1]!), FileError)
    assert.deepEqual(await filesBelow(path('elsewhere')), ['a'])
  })

  test('the folders stay what they are even if others take their names', async (scope) => {
    const path = folderWith(scope, 'in/a', 'elsewhere/a')
    const { tasks } = await plan(scope, ENCRYPT, path('in'), { output: path('out') })
    for (const name of ['in', 'out']) {
      renameSync(path(name), path(`true-${name}`))
      symlinkSync('elsewhere', path(name))
    }
    await encrypt(tasks[0]!)
    assert.deepEqual(await filesBelow(path('elsewhere')), ['a'])
    const { plaintext } = await envelope.decrypt(readFileSync(path('true-out/a.kh')), { expect: {} })
    assert.equal(Buffer.from(plaintext).toString(), 'in/a')
  })

  test('a link in the place of an output is neither followed nor replaced', async (scope) => {
    const path = folderWith(scope, 'in/a', 'elsewhere/a', 'out/b')
    symlinkSync('../elsewhere/a', path('out/a.kh'))
    const { tasks } = await plan(scope, ENCRYPT, path('in'), { output: path('out') })
    await assert.rejects(encrypt(tasks[0]!), /is a symbolic link/)
    assert.ok(lstatSync(path('out/a.kh')).isSymbolicLink())
    assert.equal(readFileSync(path('elsewhere/a'), 'utf8'), 'elsewhere/a')
  })

  test('an output that has a second name keeps what it had under that', async (scope) => {
    const path = folderWith(scope, 'in/a', 'out/a.kh')
    linkSync(path('out/a.kh'), path('other'))
    const { tasks } = await plan(scope, ENCRYPT, path('in'), { output: path('out') })
    await encrypt(tasks[0]!)
    assert.equal(readFileSync(path('other'), 'utf8'), 'out/a.kh')
    assert.notEqual(readFileSync(path('out/a.kh'), 'latin1'), 'out/a.kh')
  })
})
