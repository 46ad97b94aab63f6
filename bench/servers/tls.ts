import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { serve } from '@keyhold/server'

/** `bare`: node:https that answers 300 bytes and does nothing else. Else `keyhold serve` on FOLDER, over TLS or without. */
const [, , mode = 'bare', certificate = '', key = '', folder = ''] = process.argv
const say = (port: number): boolean => process.stdout.write(`${port}\n`)

if (mode === 'bare') {
  const answer = Buffer.alloc(300, 'x')
  const options = { cert: readFileSync(certificate), key: readFileSync(key) }
  const server = createServer(options, (request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'Content-Length': answer.byteLength })
      response.end(answer)
    })
  })
  server.listen(0, '127.0.0.1', () => say((server.address() as AddressInfo).port))
  process.on('SIGTERM', () => process.exit())
} else {
  const tls = mode === 'https' ? { tls: { certificates: [certificate], keys: [key] } } : {}
  const server = await serve({ folder, port: 0, durability: 'write', rates: 'off', ...tls })
  say(server.port)
  process.on('SIGTERM', () => void server.stop())
}
