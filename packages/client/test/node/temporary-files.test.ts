import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { leftoversBeside, leftoversIn, removeTemporaryFiles } from '../../src/index.ts'
import { isRunning, newTag } from '../../src/node/process-tag.ts'
import { forgetTemporary, openTemporary } from '../../src/node/temporary-files.ts'
import { folder } from '../../../../tools/testing/folder.ts'
import { chunked, pattern, testEnvelope } from '../support/messages.ts'

const CHILD = join(import.meta.dirname, '../children/end-while-writing.ts')
const LINUX = process.platform === 'linux' ? false : 'only Linux says when a process was started'
const HOUR_MS = 3_600_000

async function endedBy(way: string, cwd: string): Promise<{ code: number | null; signal: string | null }> {
  const child = spawn(process.execPath, ['--conditions=source', CHILD, way, `${way}.kh`], { cwd, stdio: 'ignore' })
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return { code, signal }
}

describe('a temporary file', () => {
  test(
    'is gone with its process, however that ends, and named as left over where it could not be',
    { skip: process.platform === 'win32' },
    async () => {
      await using files = await folder()
      const ways = ['exit', 'at-once', 'throw', 'signal', 'kill'] as const
      const ends = await Promise.all(ways.map((way) => endedBy(way, files.path(''))))
      assert.deepEqual(
        ends.map(({ code, signal }) => code ?? signal),
        [3, 3, 1, 'SIGQUIT', 'SIGKILL'],
      )
      const names = await files.names()
      assert.equal(names.length, 1, String(names))
      assert.match(names[0]!, /^\.kill\.kh\.[0-9a-f]{40}\.tmp$/)
      assert.deepEqual(await leftoversBeside(files.path('kill.kh'), Date.now()), [files.path(names[0]!)])
      assert.deepEqual(await leftoversBeside(files.path('exit.kh'), Date.now()), [])
      assert.deepEqual(await leftoversIn(files.path(''), Date.now()), [files.path(names[0]!)])
    },
  )

  test('is removed at once when that is asked for, and its work fails', async () => {
    await using files = await folder()
    const { envelope } = testEnvelope()
    async function* source(): AsyncGenerator<Uint8Array> {
      yield* chunked(pattern(1000), 100)
      assert.equal(readdirSync(files.path('')).length, 1)
      removeTemporaryFiles()
      assert.deepEqual(readdirSync(files.path('')), [])
    }
    await assert.rejects(envelope.encryptFile(source(), files.path('a')), { code: 'ENOENT' })
    assert.deepEqual(await files.names(), [])
  })

  test('leaves no listener behind, and a name that exists alone', async () => {
    await using files = await folder()
    const before = process.listenerCount('exit')
    const handles = await Promise.all(['a', 'b'].map((name) => openTemporary(files.path(name), 'wx')))
    assert.equal(process.listenerCount('exit'), before + 1)
    await assert.rejects(openTemporary(files.path('a'), 'wx'), { code: 'EEXIST' })
    for (const handle of handles) await handle.close()
    for (const name of ['a', 'b']) forgetTemporary(files.path(name))
    assert.equal(process.listenerCount('exit'), before)
    assert.deepEqual(await files.names(), ['a', 'b'])
  })

  test('fits beside names of every length and alphabet', { skip: process.platform === 'win32' }, async () => {
    await using files = await folder()
    const { envelope } = testEnvelope()
    const names = [
      'x'.repeat(255),
      'ä'.repeat(127),
      '語'.repeat(85),
      `ab${'語'.repeat(78)}`,
      '🔑'.repeat(63),
      'é'.repeat(120),
    ]
    for (const name of names) {
      async function* source(): AsyncGenerator<Uint8Array> {
        yield pattern(10)
        const hidden = (await readdir(files.path(''))).filter((each) => each.startsWith('.'))
        assert.equal(hidden.length, 1)
        const [own] = hidden as [string]
        assert.ok(Buffer.byteLength(own) <= 143 && !own.includes('\ufffd'), own)
        assert.ok(own.startsWith(`.${name.slice(0, 20)}`))
      }
      await envelope.encryptFile(source(), files.path(name))
    }
    assert.deepEqual(await files.names(), names.toSorted())
  })
})

describe('a file is left over', () => {
  test('only if who wrote it has ended, or has not written for an hour and cannot be seen', async () => {
    await using files = await folder()
    const own = newTag()
    const elsewhere = `00000000${own.slice(8)}`
    for (const tag of [own, elsewhere, '0123456789abcdef']) {
      const path = files.path(`.a.${tag}.tmp`)
      await writeFile(path, '')
      for (const [ageMs, isLeft] of [
        [0, false],
        [2 * HOUR_MS, tag !== own],
      ] as const) {
        const then = (Date.now() - ageMs) / 1000
        await utimes(path, then, then)
        const found = await leftoversBeside(files.path('a'), Date.now())
        assert.equal(found.includes(path), isLeft, `${tag} ${ageMs}`)
      }
    }
  })

  test('and only if its name is of the kind, and of that file', async () => {
    await using files = await folder()
    const gone = `${newTag().slice(0, 8)}7fffffff${'0'.repeat(24)}`
    const names = [
      `.a.${gone}.tmp`,
      `.a.${gone}.lock`,
      `.ab.${gone}.tmp`,
      `a.${gone}.tmp`,
      `.a.${gone.slice(1)}.tmp`,
      '.a.tmp',
    ]
    for (const name of names) await writeFile(files.path(name), '')
    assert.deepEqual(await leftoversBeside(files.path('a'), Date.now()), [files.path(names[0]!)])
    assert.deepEqual(await leftoversBeside(files.path('nowhere/a'), Date.now()), [])
  })

  test('is told by the number of its process and when that was started', { skip: LINUX }, () => {
    const own = newTag()
    assert.equal(isRunning(own), true)
    const start = Number.parseInt(own.slice(16, 24), 16)
    const earlier = (start - 1).toString(16).padStart(8, '0')
    assert.equal(isRunning(`${own.slice(0, 16)}${earlier}${own.slice(24)}`), false)
    assert.equal(isRunning(`${own.slice(0, 8)}00000000${own.slice(16)}`), false)
    assert.equal(isRunning(`ffffffff${own.slice(8)}`), own.startsWith('ffffffff') ? true : undefined)
  })
})
