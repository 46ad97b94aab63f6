import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import { connect, type Server } from 'node:net'
import { ListenError, SOCKET_MODE, type UnixAddress } from './listen-address.ts'

/**
 * Lets `server` listen on a Unix socket. One that another process left behind is removed, but only if nothing answers on
 * it. Rejects with a ListenError or the system's error.
 */
export async function listenOnPath(server: Server, address: UnixAddress): Promise<void> {
  try {
    await bind(server, address)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    await removeStale(address.path)
    await bind(server, address)
  }
}

/**
 * The socket exists when `listen` returns. It accepts nothing before the event loop turns, but who connected before its permissions
 * were set would be accepted then: it is made for its owner alone.
 */
function bind(server: Server, { path, mode = SOCKET_MODE }: UnixAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  const former = process.umask(0o077)
  try {
    server.listen({ path }, () => {
      server.off('error', reject)
      resolve()
    })
  } finally {
    process.umask(former)
  }
  if (server.listening) chmodSync(path, mode)
  return promise
}

async function removeStale(path: string): Promise<void> {
  const found = inodeOf(path)
  if (found === undefined) return
  if (!found.isSocket()) throw new ListenError(`${path} exists, and is no socket. Name another path.`)
  if (await answers(path)) throw new ListenError(`Another process listens on ${path}.`)
  // A server that started in the meantime has put its own there.
  if (inodeOf(path)?.ino === found.ino) unlinkSync(path)
}

function inodeOf(path: string): ReturnType<typeof lstatSync> {
  return lstatSync(path, { throwIfNoEntry: false })
}

/** Anything but a refusal counts as an answer: a full queue of connections, or a socket that others may not connect to. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path })
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'))
  })
}
