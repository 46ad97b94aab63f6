import assert from 'node:assert/strict'
import type { FileHandle } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { FileWriter } from '../../src/node/file-writer.ts'
import { pattern } from '../support/messages.ts'

interface Disk {
  handle: FileHandle
  written: number[]
  largestCall: number
  syncs: string[]
}

/** A file that takes `perCall` bytes at a time and does as it is told. */
function disk({ perCall = Infinity, failWrite = false, failDatasync = false } = {}): Disk {
  const state = { written: [] as number[], largestCall: 0, syncs: [] as string[] }
  const handle = {
    writev: (pieces: readonly Uint8Array[]) => {
      if (failWrite) return Promise.reject(new Error('no space'))
      state.largestCall = Math.max(state.largestCall, pieces.length)
      const bytes = pieces.flatMap((piece) => [...piece]).slice(0, perCall)
      state.written.push(...bytes)
      return Promise.resolve({ bytesWritten: bytes.length })
    },
    datasync: () => {
      state.syncs.push('datasync')
      return failDatasync ? Promise.reject(new Error('the disk failed')) : Promise.resolve()
    },
    sync: () => {
      state.syncs.push('sync')
      return Promise.resolve()
    },
  } as unknown as FileHandle
  return Object.assign(state, { handle })
}

const pieces = [pattern(5), new Uint8Array(0), pattern(300), pattern(1)]
const expected = pieces.flatMap((piece) => [...piece])

describe('a file writer', () => {
  for (const perCall of [1, 4, 5, 100, Infinity]) {
    test(`writes everything to a file that takes ${perCall} bytes at a time`, async () => {
      const file = disk({ perCall })
      const writer = new FileWriter(file.handle)
      await writer.write(pieces)
      await writer.write([])
      await writer.write(pieces)
      await writer.flush()
      assert.deepEqual(file.written, [...expected, ...expected])
    })
  }

  test('joins pieces when there are more than a system takes', async () => {
    const file = disk()
    const writer = new FileWriter(file.handle)
    await writer.write(Array.from({ length: 2000 }, (_, index) => Uint8Array.of(index)))
    await writer.flush()
    assert.equal(file.written.length, 2000)
    assert.ok(file.largestCall < 1024)
  })

  test('tells the next caller of a write that failed', async () => {
    const writer = new FileWriter(disk({ failWrite: true }).handle)
    await writer.write(pieces)
    await assert.rejects(writer.write(pieces), /no space/)
    await assert.rejects(writer.flush(), /no space/)
    await writer.settle()
  })

  const much = [new Uint8Array(17 * 2 ** 20)]

  /** Every piece is only counted, so that the test stays quick. */
  function counting(options: { failDatasync?: boolean } = {}): Disk {
    const file = disk(options)
    const writev = (list: readonly Uint8Array[]) =>
      Promise.resolve({ bytesWritten: list.reduce((n, { length }) => n + length, 0) })
    return Object.assign(file, { handle: { ...file.handle, writev } as unknown as FileHandle })
  }

  test('has the disk begin early, and ends with everything there', async () => {
    const file = counting()
    const writer = new FileWriter(file.handle, { sync: true })
    for (let index = 0; index < 8; index++) await writer.write(much)
    await writer.sync()
    assert.deepEqual(file.syncs.at(-1), 'sync')
    assert.ok(file.syncs.length > 2)
  })

  test('does not forget that the disk failed early: a later attempt would succeed, and lie', async () => {
    const file = counting({ failDatasync: true })
    const writer = new FileWriter(file.handle, { sync: true })
    for (let index = 0; index < 8; index++) await writer.write(much)
    await assert.rejects(writer.sync(), /the disk failed/)
    assert.deepEqual(file.syncs, ['datasync'])
  })
})
