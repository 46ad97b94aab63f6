import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

interface Flood {
  port: number
  /** One whole HTTP/1.1 request, sent again and again. */
  request: Uint8Array
  connections: number
  /** On each connection; without it, the next is sent as soon as there is an answer. */
  everyMs?: number
}

const RECONNECT_MS = 10

/** Sends the same bytes on several connections for ever, whatever the answers are, and connects again when cut off. */
export async function flood(options: Flood): Promise<void> {
  await Promise.all(Array.from({ length: options.connections }, () => floodOne(options)))
}

async function floodOne({ port, request, everyMs = 0 }: Flood): Promise<void> {
  for (;;) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => {})
    while (!socket.closed) {
      socket.write(request)
      await answered(socket)
      await sleep(everyMs)
    }
    await sleep(RECONNECT_MS)
  }
}

/** The first bytes of an answer, or the end. */
async function answered(socket: Socket): Promise<void> {
  const ended = new AbortController()
  const { signal } = ended
  await Promise.race([once(socket, 'data', { signal }), once(socket, 'close', { signal })]).catch(() => undefined)
  ended.abort()
}
