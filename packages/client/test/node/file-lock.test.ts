import assert from 'node:assert/strict'
import { chmod, mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { EnvelopeError } from '../../src/index.ts'
import { FileLock } from '../../src/node/file-lock.ts'
import { newTag } from '../../src/node/process-tag.ts'
import { folder } from '../../../../tools/testing/folder.ts'
import { changer } from '../support/changers.ts'

const MINUTE_MS = 60_000
const code = (expected: string) => (error: unknown) => error instanceof EnvelopeError && error.code === expected

/** The claim of a process of this machine that has ended. */
function deadTag(): string {
  const tag = newTag()
  return `${tag.slice(0, 8)}7fffffff${tag.slice(16)}`
}

describe('the lock of a file', () => {
  test('is held by one at a time, also while many take over from one that died', async () => {
    await using files = await folder()
    let holders = 0
    const held = async (): Promise<void> => {
      await using _lock = await FileLock.acquire(files.path('a'))
      holders++
      assert.equal(holders, 1)
      await sleep(1)
      holders--
    }
    await held()
    assert.deepEqual(await files.names(), [])
    const lock = await FileLock.acquire(files.path('a'))
    const [claims] = await files.names()
    assert.match(claims!, /^\.a\.[0-9a-f]{8}\.lock$/)
    await lock[Symbol.asyncDispose]()
    for (let round = 0; round < 5; round++) {
      await mkdir(files.path(claims!))
      for (let dead = 0; dead < 3; dead++) await writeFile(files.path(`${claims!}/${deadTag()}`), '')
      await Promise.all(Array.from({ length: 8 }, held))
      assert.deepEqual(await files.names(), [])
    }
  })

  test('loses no change of several processes, one of which dies while it holds it', async () => {
    await using files = await folder()
    await writeFile(files.path('number'), '0')
    await Promise.all([
      changer('count', files.path('number'), 30),
      changer('count', files.path('number'), 30, 10),
      changer('count', files.path('number'), 30),
    ])
    assert.equal(await readFile(files.path('number'), 'utf8'), '69')
  })

  test('is waited for as long as was said, or until the work is stopped', async () => {
    await using files = await folder()
    await using _lock = await FileLock.acquire(files.path('a'))
    await assert.rejects(FileLock.acquire(files.path('a'), { maxWaitMs: 40 }), code('CONFLICT'))
    const signal = AbortSignal.timeout(40)
    await assert.rejects(
      FileLock.acquire(files.path('a'), { signal }),
      (error) => (error as Error).name !== 'EnvelopeError',
    )
    await using _other = await FileLock.acquire(files.path('b'))
    await assert.rejects(FileLock.acquire(files.path('nowhere/a')), { code: 'ENOENT' })
  })

  test('of a holder on another machine lasts for a minute after that was last there', async () => {
    await using files = await folder()
    const lock = await FileLock.acquire(files.path('a'))
    const [claims] = await files.names()
    await lock[Symbol.asyncDispose]()
    await mkdir(files.path(claims!))
    const claim = files.path(`${claims!}/00000000${newTag().slice(8)}`)
    await writeFile(claim, '')
    await assert.rejects(FileLock.acquire(files.path('a'), { maxWaitMs: 40 }), code('CONFLICT'))
    const then = (Date.now() - 1.1 * MINUTE_MS) / 1000
    await utimes(claim, then, then)
    await (await FileLock.acquire(files.path('a')))[Symbol.asyncDispose]()
    assert.deepEqual(await files.names(), [])
  })

  test(
    'neither follows a link that lies in its place, nor deletes what is no claim',
    { skip: process.platform === 'win32' },
    async () => {
      await using files = await folder()
      const lock = await FileLock.acquire(files.path('a'))
      const [claims] = await files.names()
      await lock[Symbol.asyncDispose]()
      await mkdir(files.path('cache'), { mode: 0o700 })
      const others = ['', '1', '2'].map((content) => [
        files.path(`cache/${newTag().replace(/^.{16}/, '0'.repeat(16))}`),
        content,
      ])
      for (const [path, content] of others as [string, string][]) {
        await writeFile(path, content)
        await utimes(path, 1, 1)
      }
      await symlink('cache', files.path(claims!))
      await assert.rejects(FileLock.acquire(files.path('a')), { code: 'ENOTDIR' })
      await rm(files.path(claims!))
      await symlink('nowhere', files.path(claims!))
      await assert.rejects(FileLock.acquire(files.path('a')), { code: 'ENOTDIR' })
      assert.equal((await readdir(files.path('cache'))).length, 3)
      assert.equal((await stat(files.path('cache'))).mode & 0o777, 0o700)
      await rm(files.path(claims!))
      await rename(files.path('cache'), files.path(claims!))
      await (await FileLock.acquire(files.path('a')))[Symbol.asyncDispose]()
      assert.equal((await readdir(files.path(claims!))).length, 2)
    },
  )

  test('can be taken by those who may change the folder', { skip: process.platform === 'win32' }, async () => {
    await using files = await folder()
    await mkdir(files.path('x'))
    await chmod(files.path('x'), 0o777)
    await using _lock = await FileLock.acquire(files.path('x/a'))
    const [claims] = (await import('node:fs')).readdirSync(files.path('x'))
    assert.equal((await stat(files.path(`x/${claims}`))).mode & 0o777, 0o777)
  })
})
