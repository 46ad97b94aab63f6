import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { readBody } from '../../../src/host/http/read-body.ts'

const MAX_BYTES = 100_000

/** A body in pieces of one size, all of which are views of `wire`. */
function inPieces(wire: Uint8Array, pieceBytes: number): PassThrough {
  const stream = new PassThrough({ highWaterMark: wire.byteLength })
  for (let at = 0; at < wire.byteLength; at += pieceBytes) stream.write(wire.subarray(at, at + pieceBytes))
  return stream
}

function read(stream: PassThrough, held?: (bytes: number) => void): ReturnType<typeof readBody> {
  return readBody(stream as unknown as IncomingMessage, MAX_BYTES, held)
}

const wireOf = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, (_, index) => 1 + (index % 255))

for (const pieceBytes of [1, 7, 4096, 4097, MAX_BYTES]) {
  test(`a body in pieces of ${pieceBytes} bytes is whole, and takes no more memory than twice its size`, async () => {
    for (const bytes of [1, 4095, 4096, 4097, MAX_BYTES]) {
      const wire = wireOf(bytes)
      let kept = 0
      let most = 0
      const stream = inPieces(wire, pieceBytes)
      const body = read(stream, (more) => {
        kept += more
        most = Math.max(most, kept)
      })
      stream.end()
      assert.deepEqual(Uint8Array.from((await body) as Uint8Array), wireOf(bytes))
      assert.equal(kept, bytes)
      assert.ok(most <= Math.max(4096, 2 * bytes), `${most} bytes for ${bytes}`)
    }
  })
}

test('each piece of a body is copied and wiped as it comes, so that small ones do not add up', async () => {
  const wire = wireOf(10_000)
  const stream = inPieces(wire, 1)
  const body = read(stream)
  await new Promise(setImmediate)
  assert.ok(wire.subarray(1).every((byte) => byte === 0))
  stream.end()
  assert.deepEqual(Uint8Array.from((await body) as Uint8Array), wireOf(10_000))
})

test('of a body that becomes too large, or whose client leaves, no memory is kept', async () => {
  for (const [bytes, why] of [
    [MAX_BYTES + 1, 'too large'],
    [5000, 'aborted'],
  ] as const) {
    let kept = 0
    const stream = inPieces(wireOf(bytes), 1000)
    const body = read(stream, (more) => void (kept += more))
    await new Promise(setImmediate)
    stream.destroy()
    assert.equal(await body, why)
    assert.equal(kept, 0)
  }
})
