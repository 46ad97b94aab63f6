import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Attack } from './attack.ts'

const CONNECTIONS = 20
const RECONNECT_MS = 10
/** The shortest that HTTP/1.1 has. */
const REQUEST = 'GET / HTTP/1.1\r\nHost:h\r\n\r\n'
/** More than one read of a socket takes. */
const PIPELINED = 5000

/** Without credentials: as many of the shortest requests as fit, on each of several connections, without waiting for answers. */
export const tinyRequests: Attack = {
  prepare: async () => null,
  run: async (_, port) => {
    await Promise.all(Array.from({ length: CONNECTIONS }, () => floodOne(port)))
  },
}

async function floodOne(port: number): Promise<void> {
  const bytes = Buffer.from(REQUEST.repeat(PIPELINED))
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => {})
    socket.resume()
    while (!socket.closed) {
      if (!socket.writableNeedDrain) socket.write(bytes)
      await sleep(1)
    }
    await sleep(RECONNECT_MS)
  }
}
