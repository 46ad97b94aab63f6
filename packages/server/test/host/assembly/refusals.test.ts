import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { dataPaths } from '../../../src/vault/storage/data-folder.ts'
import { Vault } from './support/vault.ts'

test('what the listener refuses leaves a trace in the audit log: a few counted lines, however often it comes', async () => {
  await using vault = await Vault.create()
  const server = await vault.serve()
  for (let sent = 0; sent < 50; sent += 1) await send(server.port, 'no HTTP at all\r\n\r\n')
  await send(server.port, 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n')
  await server.stop()
  const lines = await unauthenticatedLines(vault.folder)
  const counted = lines.map(({ code, count, firstSourceIp }) => `${code} ${count} ${firstSourceIp}`)
  assert.deepEqual(counted.toSorted(), [
    'BadRequestException 1 127.0.0.1',
    'BadRequestException 49 127.0.0.1',
    'RequestEntityTooLargeException 1 127.0.0.1',
  ])
  assert.deepEqual((await vault.verify()).problems, [])
})

async function send(port: number, text: string): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' }).on('error', () => {})
  socket.write(text)
  socket.resume()
  await once(socket, 'close')
}

interface Counted {
  code: string
  count: number
  firstSourceIp: string
}

async function unauthenticatedLines(folder: string): Promise<Counted[]> {
  const { audit } = dataPaths(folder)
  const files = (await readdir(audit, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const texts = await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')))
  const lines = texts.flatMap((text) => text.split('\n')).filter((line) => line.startsWith('{"unauthenticated"'))
  return lines.map((line) => (JSON.parse(line) as { unauthenticated: Counted }).unauthenticated)
}
