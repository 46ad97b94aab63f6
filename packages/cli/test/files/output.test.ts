import assert from 'node:assert/strict'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { streamSink, textOnly } from '../../src/files/output.ts'
import { UsageError } from '../../src/usage-error.ts'

async function shown(...pieces: readonly (readonly number[])[]): Promise<Buffer> {
  const seen: Buffer[] = []
  const terminal = new Writable({
    write: (chunk: Buffer, _encoding, callback) => {
      seen.push(Buffer.from(chunk))
      callback()
    },
  })
  const sink = textOnly(streamSink(terminal))
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

test('a stream that fails fails its writer', async () => {
  const broken = new Writable({ write: (_chunk, _encoding, callback) => callback(new Error('the pipe broke')) })
  const sink = streamSink(broken)
  await assert.rejects(sink.write([Uint8Array.of(1)]), /the pipe broke/)
  await assert.rejects(sink.write([Uint8Array.of(1)]), /the pipe broke/)
})
