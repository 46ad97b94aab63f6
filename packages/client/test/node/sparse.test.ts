import assert from 'node:assert/strict'
import { closeSync, ftruncateSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { describe, test } from 'node:test'
import { folder } from '../../../../tools/testing/folder.ts'
import { Envelope, rawAes } from '../../src/index.ts'
import { runsOf } from '../../src/node/sparse.ts'
import { pattern } from '../support/messages.ts'

const KIB = 1024
const keyring = rawAes({ namespace: 'n', name: 'k', wrappingKey: pattern(32) })

test('runs leave out whole blocks of zeros, by their place in the file', () => {
  const places = (bytes: Uint8Array, position: number): [number, number][] =>
    runsOf(bytes, position).map((run) => [run.position, run.bytes.length])
  const zeros = new Uint8Array(200 * KIB)
  assert.deepEqual(places(zeros, 0), [])
  assert.deepEqual(places(zeros, 5), [])
  assert.deepEqual(places(new Uint8Array(0), 7), [])
  assert.deepEqual(places(pattern(200 * KIB).fill(1), 5), [[5, 200 * KIB]])
  const one = zeros.slice()
  one[100 * KIB] = 1
  assert.deepEqual(places(one, 0), [[64 * KIB, 64 * KIB]])
  assert.deepEqual(places(one, 30 * KIB), [[128 * KIB, 64 * KIB]])
  one[199 * KIB] = 1
  assert.deepEqual(places(one, 0), [
    [64 * KIB, 64 * KIB],
    [192 * KIB, 8 * KIB],
  ])
})

describe('a sparse file', () => {
  /** Data at the places, in a file of that size that is otherwise holes. */
  function makeSparse(path: string, size: number, places: readonly number[]): void {
    const file = openSync(path, 'w')
    for (const place of places) writeSync(file, pattern(1000).fill(7), 0, 1000, place)
    ftruncateSync(file, size)
    closeSync(file)
  }

  for (const [name, size, signed] of [
    ['in one thread', 3 * 2 ** 20 + 17, true],
    ['in several threads', 40 * 2 ** 20 + 17, false],
  ] as const) {
    test(`is sparse again when it was decrypted ${name}`, async () => {
      await using temporary = await folder()
      const plain = temporary.path('plain')
      for (const places of [[], [0], [700_000, size - 1000], [2 ** 20 - 500]]) {
        makeSparse(plain, size, places)
        const envelope = new Envelope({ keyring, signed })
        await envelope.encryptFile(plain, `${plain}.kh`)
        await envelope.decryptFile(`${plain}.kh`, `${plain}.out`, { expect: {}, sparse: true })
        assert.ok(readFileSync(`${plain}.out`).equals(readFileSync(plain)))
        if (process.platform !== 'linux') continue
        const room = statSync(`${plain}.out`).blocks * 512
        assert.ok(room <= places.length * 3 * 64 * KIB, `${room} bytes for ${places.length} places`)
      }
    })
  }

  test('is not created unless requested', async () => {
    await using temporary = await folder()
    const path = temporary.path('plain')
    writeFileSync(path, new Uint8Array(2 ** 20))
    const envelope = new Envelope({ keyring })
    await envelope.encryptFile(path, `${path}.kh`)
    await envelope.decryptFile(`${path}.kh`, `${path}.out`, { expect: {} })
    if (process.platform === 'linux') assert.ok(statSync(`${path}.out`).blocks * 512 >= 2 ** 20)
  })
})
