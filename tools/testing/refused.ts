import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

const POLL_MS = 20

/** Resolves once nothing listens on this port of 127.0.0.1: a busy machine delivers a signal late. */
export async function untilRefused(port: number): Promise<void> {
  while (await isAccepted(port)) await sleep(POLL_MS)
}

function isAccepted(port: number): Promise<boolean> {
  const socket = connect({ port, host: '127.0.0.1' })
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
  }).finally(() => socket.destroy())
}
