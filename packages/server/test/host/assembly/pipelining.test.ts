import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { DataKey } from './support/client.ts'
import { inTurns } from './support/load.ts'
import { Vault } from './support/vault.ts'

const REQUESTS = 10_000
/** Every 19th is decrypted: 527 of them, from all parts of the stream. */
const SAMPLED = 19

test('ten thousand pipelined data keys, read slowly, all are what they say', { timeout: 120_000 }, async () => {
  await using vault = await Vault.create()
  await using server = await vault.start()
  using client = vault.client(server)
  const body = Buffer.from(JSON.stringify({ KeyId: await client.createKey(), KeySpec: 'AES_256' }))
  const socket = connect({ port: Number(client.endpoint.port), host: '127.0.0.1' }).pause()
  const wire = client.wire('GenerateDataKey', body)
  socket.write(wire)
  // A connection of which nothing is known may not send so many.
  await once(socket, 'readable')
  for (let index = 1; index < REQUESTS; index++) socket.write(wire)
  // Long enough for the answers to fill every buffer on the way, which then stand still.
  await sleep(500)

  const dataKeys = (await readSlowly(socket, REQUESTS)).map((text) => JSON.parse(text) as DataKey)
  socket.destroy()
  const plaintexts = dataKeys.map(({ Plaintext }) => Buffer.from(Plaintext, 'base64'))
  assert.ok(plaintexts.every((bytes) => bytes.byteLength === 32 && bytes.filter((byte) => byte === 0).length < 16))
  assert.equal(new Set(dataKeys.map(({ Plaintext }) => Plaintext)).size, REQUESTS)

  const sample = dataKeys.filter((_, index) => index % SAMPLED === 0)
  await inTurns(
    sample.map(({ CiphertextBlob, Plaintext }) => async () => {
      assert.equal((await client.ok('Decrypt', { CiphertextBlob }))['Plaintext'], Plaintext)
    }),
  )
})

/** The bodies of `count` answers of 200, read a few kilobytes at a time with pauses. */
async function readSlowly(socket: ReturnType<typeof connect>, count: number): Promise<string[]> {
  const bodies: string[] = []
  let rest = ''
  for (let reads = 0; bodies.length < count; reads++) {
    const chunk = socket.read(Math.min(8192, socket.readableLength || 1)) as Buffer | null
    if (chunk === null) await once(socket, 'readable')
    else rest = takeAnswers(rest + chunk.toString('latin1'), bodies)
    if (reads % 64 === 0) await sleep(1)
  }
  return bodies
}

function takeAnswers(text: string, bodies: string[]): string {
  let start = 0
  for (;;) {
    const end = text.indexOf('\r\n\r\n', start)
    const length = Number(/Content-Length: (\d+)/.exec(text.slice(start, end))?.[1])
    if (end < 0 || text.length < end + 4 + length) return text.slice(start)
    assert.ok(text.startsWith('HTTP/1.1 200 ', start), text.slice(start, end + 4 + length))
    bodies.push(text.slice(end + 4, end + 4 + length))
    start = end + 4 + length
  }
}
