import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ByteWriter, scratchBytes } from '../../src/base/bytes.ts'

test('pieces of scratch memory are zeros, and none overlaps another', () => {
  const lengths = Array.from({ length: 300 }, (_, index) => (index * 37) % 1100)
  const pieces = lengths.map((length) => scratchBytes(length))
  for (const [index, piece] of pieces.entries()) {
    assert.equal(piece.length, lengths[index])
    assert.ok(piece.every((byte) => byte === 0))
    piece.fill(1 + (index % 255))
  }
  for (const [index, piece] of pieces.entries()) assert.ok(piece.every((byte) => byte === 1 + (index % 255)))
})

test('text is written in UTF-8 behind its length, wherever the memory ends', () => {
  for (const text of ['', 'plain', 'ünïcödé', '\u{1f511}'.repeat(200)]) {
    for (const expectedBytes of [1, 3, 64]) {
      const writer = new ByteWriter(expectedBytes)
      const bytes = Buffer.from(text)
      assert.equal(writer.prefixedText(text), bytes.length)
      writer.uint8(0xab)
      assert.deepEqual(
        Buffer.from(writer.written),
        Buffer.from([bytes.length >> 8, bytes.length & 255, ...bytes, 0xab]),
      )
    }
  }
})
