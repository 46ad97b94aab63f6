/** Files that another program, which knows no lock, changes while they are read. */
import assert from 'node:assert/strict'
import { closeSync, fstatSync, openSync, truncateSync, utimesSync, writeSync } from 'node:fs'
import { open, readFile, rename, stat, writeFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { ANY_CONTEXT, Envelope, rawAes } from '../../src/index.ts'
import type { FileSource, FileTarget } from '../../src/index.ts'
import { folder } from '../../../../tools/testing/folder.ts'
import { collector, pattern } from '../support/messages.ts'

const MEBIBYTE = 2 ** 20
const keyring = rawAes({ namespace: 'n', name: 'k', wrappingKey: pattern(32) })
const envelope = new Envelope({ keyring, signed: false })
const SIZES = { 'by one thread': 3 * MEBIBYTE, 'by several threads': 33 * MEBIBYTE }
const CONFLICT = { name: 'EnvelopeError', code: 'CONFLICT' }

interface Options {
  onProgress?: (bytes: number) => void
  inPlace?: boolean
  mustBeNew?: boolean
}

const CALLS = {
  encryptFile: (source: FileSource, target: FileTarget, options: Options) =>
    envelope.encryptFile(source, target, options),
  decryptFile: (source: FileSource, target: FileTarget, options: Options) =>
    envelope.decryptFile(source, target, { ...options, expect: ANY_CONTEXT }),
  rewrapFile: (source: FileSource, target: FileTarget, options: Options) =>
    envelope.rewrapFile(source, target, { ...options, expect: ANY_CONTEXT }),
}

async function put(path: string, call: string, size: number): Promise<Buffer> {
  const content = Buffer.alloc(size, 'content of a file')
  await writeFile(path, call === 'encryptFile' ? content : await envelope.encrypt(content))
  return readFile(path)
}

/** As rsync --inplace does: the length stays, and so does the time that programs can set. */
function overwrite(path: string, position: number): void {
  const file = openSync(path, 'r+')
  const { atime, mtime } = fstatSync(file)
  writeSync(file, 'X', position)
  closeSync(file)
  utimesSync(path, atime, mtime)
}

/** Calls `act` once so many bytes are done. */
function after(bytes: number, act: () => void): (bytes: number) => void {
  let [done, hasActed] = [0, false]
  return (more) => {
    done += more
    if (done < bytes || hasActed) return
    hasActed = true
    act()
  }
}

/** Makes a file look as if nothing of its status ever changed, as within one tick of the file system's clock. */
function withoutClock(file: FileHandle): FileHandle {
  const original = file.stat.bind(file)
  const live = (): object =>
    new Proxy(fstatSync(file.fd, { bigint: true }), {
      get: (status, name) => {
        const now = fstatSync(file.fd, { bigint: true }) as unknown as Record<string | symbol, unknown>
        return name === 'isFile' ? () => status.isFile() : now[name]
      },
    })
  const patched = (options?: { bigint?: boolean }): Promise<unknown> =>
    options?.bigint === true ? Promise.resolve(live()) : original()
  return Object.assign(file, { stat: patched })
}

describe('a file that is replaced in its place', () => {
  for (const [name, call] of Object.entries(CALLS)) {
    for (const [how, size] of Object.entries(SIZES)) {
      test(`keeps what another program wrote while ${name} read it ${how}`, async () => {
        await using files = await folder()
        const path = files.path('a')
        const expected = await put(path, name, size)
        const onProgress = after(expected.length, () => overwrite(path, 300))
        await assert.rejects(call(path, path, { onProgress }), CONFLICT)
        expected.write('X', 300)
        assert.ok(expected.equals(await readFile(path)))
        assert.deepEqual(await files.names(), ['a'])
      })

      test(`keeps it from ${name} ${how}, too, if nothing but its content tells`, async () => {
        await using files = await folder()
        const path = files.path('a')
        const expected = await put(path, name, size)
        const onProgress = after(expected.length, () => overwrite(path, 300))
        await using source = withoutClock(await open(path))
        await assert.rejects(call(source, path, { onProgress }), CONFLICT)
        expected.write('X', 300)
        assert.ok(expected.equals(await readFile(path)))
        assert.deepEqual(await files.names(), ['a'])
      })
    }

    test(`keeps another one from ${name} that took its place before it was opened by its name`, async () => {
      await using files = await folder()
      await put(files.path('a'), name, 10)
      const newer = await put(files.path('b'), name, 20)
      await using source = await open(files.path('a'))
      await rename(files.path('b'), files.path('a'))
      await assert.rejects(call(source, files.path('a'), { inPlace: true }), CONFLICT)
      assert.ok(newer.equals(await readFile(files.path('a'))))
      assert.deepEqual(await files.names(), ['a'])
    })

    test(`stays if ${name} may replace nothing`, async () => {
      await using files = await folder()
      const before = await put(files.path('a'), name, 10)
      await assert.rejects(call(files.path('a'), files.path('a'), { mustBeNew: true }), { code: 'EEXIST' })
      assert.ok(before.equals(await readFile(files.path('a'))))
      assert.deepEqual(await files.names(), ['a'])
    })
  }
})

describe('a file that changes while it is encrypted', () => {
  const changes: Readonly<Record<string, (path: string) => void>> = {
    'is cut off': (path) => truncateSync(path, MEBIBYTE + 5),
    'is overwritten': (path) => overwrite(path, 300),
  }
  for (const [what, change] of Object.entries(changes)) {
    for (const [how, size] of Object.entries(SIZES)) {
      test(`and ${what} is refused ${how}, and nothing is left behind`, async () => {
        await using files = await folder()
        await put(files.path('plain'), 'encryptFile', size)
        const onProgress = after(1, () => change(files.path('plain')))
        const encrypting = envelope.encryptFile(files.path('plain'), files.path('sealed'), { onProgress })
        await assert.rejects(encrypting, CONFLICT)
        assert.deepEqual(await files.names(), ['plain'])
      })
    }
  }

  test('makes no whole message where what was written cannot be taken back', async () => {
    await using files = await folder()
    await put(files.path('plain'), 'encryptFile', 3 * MEBIBYTE)
    const onProgress = after(1, () => overwrite(files.path('plain'), 300))
    const sink = collector()
    await assert.rejects(envelope.encryptFile(files.path('plain'), sink, { onProgress }), CONFLICT)
    await assert.rejects(envelope.decrypt(sink.bytes(), { expect: ANY_CONTEXT }), { code: 'TRUNCATED' })
  })

  test('is read as it comes where it is given as bytes', async () => {
    await using files = await folder()
    await put(files.path('plain'), 'encryptFile', MEBIBYTE)
    await using plain = await open(files.path('plain'))
    const onProgress = after(1, () => overwrite(files.path('plain'), 300))
    const source = plain.createReadStream({ autoClose: false }) as AsyncIterable<Uint8Array>
    await envelope.encryptFile(source, files.path('sealed'), { onProgress })
    assert.ok((await stat(files.path('sealed'))).size > MEBIBYTE)
  })
})
