import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sinkOf, textOnly } from '../../src/files/output.ts'
import { UsageError } from '../../src/base/errors.ts'

async function shown(...pieces: readonly (readonly number[])[]): Promise<Buffer> {
  const seen: Buffer[] = []
  const write = (taken: readonly Uint8Array[]): Promise<void> => {
    seen.push(...taken.map((piece) => Buffer.from(piece)))
    return Promise.resolve()
  }
  const sink = textOnly(sinkOf({ write }))
  for (const piece of pieces) await sink.write([Uint8Array.from(piece)])
  return Buffer.concat(seen)
}

test('text passes to a terminal, even when a character is divided between pieces', async () => {
  const text = Buffer.from('Größe:\t€ 1\r\n')
  assert.deepEqual(await shown(...[...text].map((byte) => [byte])), text)
})

test('what could steer a terminal does not, nor does what is no text', async () => {
  for (const bytes of [[0x1b, 0x5b], [0x00], [0x7f], [0xc2, 0x9b], [0xff], [0x08]]) {
    await assert.rejects(shown(bytes), UsageError)
  }
})
