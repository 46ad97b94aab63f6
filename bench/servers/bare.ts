import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The yardstick: node:http reading a body and answering 300 bytes, and nothing else. */
const ANSWER = Buffer.alloc(300, 'x')

const server = createServer((request, response) => {
  request.on('data', () => {})
  request.on('end', () => {
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': ANSWER.byteLength })
    response.end(ANSWER)
  })
})
server.listen(0, '127.0.0.1', () => process.stdout.write(`${(server.address() as AddressInfo).port}\n`))
process.on('SIGTERM', () => {
  server.close()
  server.closeAllConnections()
})
