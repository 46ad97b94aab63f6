import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LineOutput } from '../../../src/platform/log/line-output.ts'

/** A descriptor with room for so many bytes, and no more until it is given some. */
function small(room: number): { text(): string; give(bytes: number): void; output: LineOutput } {
  let taken = ''
  const output = new LineOutput(
    2,
    (lines) => `lost ${lines}\n`,
    (_, bytes) => {
      if (room === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
      const part = bytes.subarray(0, room)
      room -= part.byteLength
      taken += Buffer.from(part).toString()
      return part.byteLength
    },
  )
  return { text: () => taken, give: (bytes) => void (room = bytes), output }
}

test('lines that cannot be written are counted, and the count follows the next one that can', () => {
  const { output, text, give } = small(4)
  assert.equal(output.write('one\n'), true)
  for (const line of ['two\n', 'three\n']) assert.equal(output.write(line), false)
  give(100)
  assert.equal(output.write('four\n'), true)
  assert.equal(output.write('five\n'), true)
  assert.equal(text(), 'one\nfour\nlost 2\nfive\n')
})

test('what follows a line that was cut begins on a line of its own', () => {
  const { output, text, give } = small(2)
  assert.equal(output.write('one\n'), false)
  give(100)
  output.write('two\n')
  assert.equal(text(), 'on\ntwo\nlost 1\n')
})

test('a count that cannot be written is told later', () => {
  const { output, text, give } = small(0)
  output.write('one\n')
  give(4)
  output.write('two\n')
  give(100)
  output.write('three\n')
  assert.equal(text(), 'two\nthree\nlost 1\n')
})
