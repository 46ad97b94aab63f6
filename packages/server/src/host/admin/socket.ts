import { once } from 'node:events'
import { chmod, link, lstat, mkdir, rm } from 'node:fs/promises'
import { connect, type Server } from 'node:net'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

/** An admin listener cannot be where it is wanted. The message says why, and what to do. */
export class AdminListenerError extends Error {
  override name = 'AdminListenerError'
}

/** The longest path of a socket: `sun_path` of unix(7) has 108 bytes on Linux and 104 on macOS and BSD, with a final zero. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103
/** Names beside `admin.sock`, for further servers on the same folder. */
const MAX_SERVERS = 16
const ANSWER_TIMEOUT_MS = 2000
const RETRY_MS = 10

/** The sockets that servers on a data folder have by default, in the order in which they are taken. */
export function defaultSockets(folder: string): string[] {
  return Array.from({ length: MAX_SERVERS }, (_, n) => join(folder, n === 0 ? 'admin.sock' : `admin-${n + 1}.sock`))
}

/**
 * Listens on the first of these paths that no other process listens on. Only the user of this process can connect (0600). The
 * socket of a process that is gone is replaced. Resolves to the path.
 *
 * Servers that start together take turns to choose, so that none takes another's.
 *
 * @throws AdminListenerError when all paths are in use, are too long, or name something else than a socket.
 */
export async function listenOnSocket(server: Server, paths: readonly string[]): Promise<string> {
  const [first = ''] = paths
  const made = join(dirname(first), `.${basename(first)}.${process.pid}`)
  for (const path of [made, ...paths]) requireShort(path)
  await rm(made, { force: true })
  await bind(server, made)
  try {
    await chmod(made, 0o600)
    const taken = await alone(join(dirname(first), `.${basename(first)}.lock`), () => firstFree(made, paths))
    if (taken !== undefined) return taken
    throw new AdminListenerError(
      paths.length === 1
        ? `Another process answers on the socket ${first}. Name another place with --admin.`
        : `${paths.length} servers have admin sockets in this data folder already. Name another place with --admin.`,
    )
  } catch (error) {
    server.close()
    throw error
  } finally {
    await rm(made, { force: true })
  }
}

function requireShort(path: string): void {
  const bytes = Buffer.byteLength(path)
  if (bytes <= MAX_PATH_BYTES) return
  throw new AdminListenerError(
    `The path of a socket can have ${MAX_PATH_BYTES} bytes, and ${path} has ${bytes}. ` +
      'Name a shorter one with --admin unix:PATH, or an address with --admin HOST:PORT.',
  )
}

/** Others must not connect before its permissions are set: it is made with those that it may have at most. */
async function bind(server: Server, path: string): Promise<void> {
  const former = process.umask(0o077)
  const listening = once(server, 'listening')
  try {
    server.listen({ path })
  } finally {
    process.umask(former)
  }
  await listening
}

async function firstFree(made: string, paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await take(made, path)) return path
  return undefined
}

/** Gives the socket `made` this name. Returns false if another process answers there. */
async function take(made: string, path: string): Promise<boolean> {
  if (await isAnswered(path)) return false
  await rm(path, { force: true })
  await link(made, path)
  return true
}

/**
 * Runs `work` while no other process of this folder does. A process that is killed in these milliseconds leaves the lock: it
 * counts no longer when it is older than `work` can take.
 */
async function alone<T>(lock: string, work: () => Promise<T>): Promise<T> {
  const patienceMs = MAX_SERVERS * ANSWER_TIMEOUT_MS
  for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
    try {
      await mkdir(lock)
      break
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (waitedMs >= patienceMs) await rm(lock, { recursive: true, force: true })
    else await setTimeout(RETRY_MS)
  }
  try {
    return await work()
  } finally {
    await rm(lock, { recursive: true, force: true })
  }
}

/** Whether a process listens on the socket. Throws if the path names something else. */
async function isAnswered(path: string): Promise<boolean> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return false
  if (!found.isSocket()) throw new AdminListenerError(`${path} exists and is not a socket. Name another with --admin.`)
  const client = connect({ path })
  client.setTimeout(ANSWER_TIMEOUT_MS, () => client.destroy(new Error('no answer')))
  try {
    await once(client, 'connect')
    return true
  } catch (error) {
    // A process that is too busy to accept is there. Any other error than a refusal leaves the socket alone, too.
    return (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED'
  } finally {
    client.destroy()
  }
}
